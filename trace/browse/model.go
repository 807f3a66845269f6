package browse

import (
	"strconv"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// Options say how a model shows calls.
type Options struct {
	_        [0]func() // not to be compared, so no code is made for it
	Lang     phrase.Lang
	Location *time.Location // of clock times; UTC when nil
	Plain    bool           // for a Screen that is plain, at the end of a slow line: no marks, and a message only on demand
}

// Wish is what a model wants done by its owner.
type Wish struct {
	Quit bool
	Open string // id of a call that Show is to be called for; "" for none
}

// view is what the screen is about.
type view int

const (
	callsView view = iota
	storyView
	ladderView
	messageView
	diffView
	helpView
)

// names are how the catalogue calls the views.
var names = [...]string{"calls", "story", "messages", "message", "diff", "help"}

// Model is what a technician looks at. Its zero value is of no use; take New.
type Model struct {
	options       Options
	width, height int

	view   view
	behind []view // where Escape leads back to

	list list
	call *call
	text window // of a message, a comparison or the help
}

// window is a place in lines that are longer than the screen.
type window struct {
	top, lines, height int
}

// place keeps the window within what there is.
func (w *window) place(lines, height int) {
	w.lines, w.height = lines, height
	w.top = max(min(w.top, lines-height), 0)
}

// reveal moves the window until lines are in it, the first one before all.
func (w *window) reveal(first, last int) {
	w.top = max(w.top, last+1-w.height)
	w.top = max(min(w.top, first), 0)
}

// turn moves the window by a key; false when the key is none for that.
func (w *window) turn(k Key) bool {
	switch k {
	case Up, 'k':
		w.top--
	case Down, 'j':
		w.top++
	case PageUp:
		w.top -= max(w.height-1, 1)
	case PageDown:
		w.top += max(w.height-1, 1)
	case Home, 'g':
		w.top = 0
	case End, 'G':
		w.top = w.lines
	default:
		return false
	}
	w.place(w.lines, w.height)
	return true
}

// step is how far a key moves a selection among n things when a page has room for some; false when the key is none for that.
func step(k Key, n, page int) (by int, moves bool) {
	switch k {
	case Up, 'k':
		return -1, true
	case Down, 'j':
		return 1, true
	case PageUp:
		return -max(page-1, 1), true
	case PageDown:
		return max(page-1, 1), true
	case Home, 'g':
		return -n, true
	case End, 'G':
		return n, true
	default:
		return 0, false
	}
}

// New makes a model that shows the list of calls, as yet without any, on a terminal of 80 columns and 24 lines.
func New(o Options) *Model {
	if o.Location == nil {
		o.Location = time.UTC
	}
	return &Model{options: o, width: 80, height: 24}
}

// Resize fits the frames to a terminal.
func (m *Model) Resize(width, height int) {
	if m.options.Plain {
		width-- // some terminals scroll when the last cell is written
	}
	m.width, m.height = max(width, 1), max(height, 1)
}

// SetCalls replaces the list: newest first. The model keeps the slice.
func (m *Model) SetCalls(calls []trace.Summary) { m.list.set(calls, m.options.Lang) }

// SetMissing tells how many events could not be read.
func (m *Model) SetMissing(n int) { m.list.missing = n }

// Show opens a call with what is known of it. A call without an end is abandoned when nobody runs who could end it.
func (m *Model) Show(id string, v trace.View, abandoned bool) {
	m.call = newCall(id, v, abandoned, m.options)
	m.list.at = id
	m.behind = nil
	m.enter(storyView)
}

// Add tells of an event that was just recorded. It is of no interest unless it belongs to the call that is open.
func (m *Model) Add(e trace.Event) {
	if m.call != nil && e.Call == m.call.id {
		m.call.add(e)
	}
}

func (m *Model) say(key string, args ...phrase.Arg) string { return m.options.Lang.Say(key, args...) }

// enter goes to a view from which Escape leads back to this one.
func (m *Model) enter(v view) {
	m.behind = append(m.behind, m.view)
	m.view = v
	m.text = window{}
}

func (m *Model) back() {
	if n := len(m.behind); n > 0 {
		m.view, m.behind = m.behind[n-1], m.behind[:n-1]
		m.text = window{}
	}
}

// Key takes one key.
func (m *Model) Key(k Key) Wish {
	if m.view == callsView && m.list.typing {
		m.list.typed(k, m.options.Lang)
		return Wish{}
	}
	switch k {
	case 'q', 'Q':
		return Wish{Quit: true}
	case 'l', 'L':
		m.translate()
		return Wish{}
	case '?', 'h':
		if m.view != helpView {
			m.enter(helpView)
		}
		return Wish{}
	case Escape, Left, Backspace:
		m.leave()
		return Wish{}
	default:
	}
	switch m.view {
	case callsView:
		return m.list.key(k, m.options.Lang)
	case storyView:
		m.storyKey(k)
	case ladderView:
		m.ladderKey(k)
	default:
		m.text.turn(k)
	}
	return Wish{}
}

// leave goes back; in the list it takes the filter away.
func (m *Model) leave() {
	if m.view == callsView {
		m.list.filter, m.list.failed = "", false
		m.list.choose(m.options.Lang)
		return
	}
	m.back()
	if m.view == callsView {
		m.call = nil
	}
}

// translate tells everything in the other language.
func (m *Model) translate() {
	langs := phrase.Langs()
	for i, l := range langs {
		if l == m.options.Lang {
			m.options.Lang = langs[(i+1)%len(langs)]
			break
		}
	}
	m.list.choose(m.options.Lang)
	if m.call != nil {
		m.call.tell(m.options)
	}
}

// Frame is what the terminal is to show: as many lines as it has, none wider than it is.
func (m *Model) Frame() []Line {
	if m.call != nil && m.call.stale {
		m.call.tell(m.options)
	}
	room := max(m.height-2, 0)
	frame := append([]Line{m.title()}, m.body(room)...)
	frame = append(frame, m.bar())
	frame = frame[:min(len(frame), m.height)]
	for i := range frame {
		frame[i] = frame[i].cut(m.width)
	}
	return frame
}

func (m *Model) body(height int) []Line {
	switch m.view {
	case callsView:
		return m.listBody(height)
	case storyView:
		return m.storyBody(height)
	case ladderView:
		return m.ladderBody(height)
	case messageView:
		return m.scrolling(m.call.messageLines(m.width, m.options), height)
	case diffView:
		return m.scrolling(m.diffLines(), height)
	default:
		return m.scrolling(m.helpLines(), height)
	}
}

func (m *Model) scrolling(lines []Line, height int) []Line {
	m.text.place(len(lines), height)
	return part(lines, m.text.top, height)
}

// title says what is shown, and how much of it.
func (m *Model) title() Line {
	left := words(terminal.Bold, m.say("browse."+names[m.view]))
	right := Line{}
	count := func(i, n int) {
		if n > 0 {
			right = words(terminal.Faint, strconv.Itoa(i+1)+"/"+strconv.Itoa(n))
		}
	}
	switch m.view {
	case callsView:
		left = append(left, Span{Text: m.list.about(m.options.Lang)})
		count(m.list.index(), len(m.list.shown))
		if m.list.missing > 0 {
			right = append(words(terminal.Yellow, m.say("browse.missing", phrase.Count("n", m.list.missing))+"  "), right...)
		}
	case helpView:
	case storyView:
		left = append(left, Span{Text: " · " + m.call.parties()})
		count(m.call.item, m.call.items())
	default:
		left = append(left, Span{Text: " · " + m.call.parties()})
		count(m.call.row, len(m.call.ladder.Rows))
	}
	return ends(left, right, m.width)
}
