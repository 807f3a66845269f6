package browse

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// list is every call, and those of them that pass a filter.
type list struct {
	all     []trace.Summary // newest first
	shown   []*trace.Summary
	at      string // id of the call that is selected
	page    window
	filter  string
	typing  bool // the filter
	failed  bool // only calls that failed
	missing int  // events that could not be read
}

func (l *list) set(calls []trace.Summary, lang phrase.Lang) {
	l.all = calls
	l.choose(lang)
}

// choose applies the filter. The selection stays on its call, or goes to the newest one.
func (l *list) choose(lang phrase.Lang) {
	l.shown = l.shown[:0]
	wanted := strings.Fields(strings.ToLower(l.filter))
	for i := range l.all {
		c := &l.all[i]
		v := story.Brief(*c, lang)
		if (!l.failed || v.Class == story.Bad) && matches(c, v, wanted) {
			l.shown = append(l.shown, c)
		}
	}
	if len(l.shown) > 0 && l.index() < 0 {
		l.at = l.shown[0].ID
		l.page.top = 0
	}
}

// matches tells whether every word stands in a number or a name of the call, in its result, its last response or its id.
func matches(c *trace.Summary, v story.Verdict, wanted []string) bool {
	if len(wanted) == 0 {
		return true
	}
	about := strings.ToLower(strings.Join([]string{
		phrase.User(c.From.URI), phrase.Clean(c.From.Name), phrase.User(c.To.URI), phrase.Clean(c.To.Name), v.Word, status(c), c.ID,
	}, "\n"))
	for _, w := range wanted {
		if !strings.Contains(about, w) {
			return false
		}
	}
	return true
}

// index is where the selected call stands among those shown, -1 when it does not.
func (l *list) index() int {
	for i, c := range l.shown {
		if c.ID == l.at {
			return i
		}
	}
	return -1
}

func (l *list) key(k Key, lang phrase.Lang) Wish {
	i := l.index()
	if by, moves := step(k, len(l.shown), l.page.height); moves && i >= 0 {
		l.at = l.shown[max(min(i+by, len(l.shown)-1), 0)].ID
		return Wish{}
	}
	switch k {
	case Enter, Right:
		if i >= 0 {
			return Wish{Open: l.at}
		}
	case '/':
		l.typing = true
	case 'f':
		l.failed = !l.failed
		l.choose(lang)
	default:
	}
	return Wish{}
}

// maxFilter bounds a filter, in characters.
const maxFilter = 40

// typed takes a key of a filter that is being typed.
func (l *list) typed(k Key, lang phrase.Lang) {
	switch {
	case k == Enter || k == Down || k == Up:
		l.typing = false
	case k == Escape:
		l.typing, l.filter = false, ""
	case k == Backspace && l.filter != "":
		_, size := utf8.DecodeLastRuneInString(l.filter)
		l.filter = l.filter[:len(l.filter)-size]
	case k >= ' ' && k < Up && utf8.RuneCountInString(l.filter) < maxFilter:
		l.filter += string(rune(k))
	}
	l.choose(lang)
}

// about says which calls are shown.
func (l *list) about(lang phrase.Lang) string {
	s := " · " + strconv.Itoa(len(l.all))
	if len(l.shown) < len(l.all) {
		s = " · " + lang.Say("browse.of", phrase.With("n", strconv.Itoa(len(l.shown))), phrase.With("all", strconv.Itoa(len(l.all))))
	}
	if l.failed {
		s += " · " + lang.Say("browse.failed")
	}
	if l.filter != "" {
		s += " · " + lang.Say("browse.filtered", phrase.With("text", l.filter))
	}
	return s
}

func (m *Model) listBody(height int) []Line {
	l := &m.list
	i := l.index()
	l.page.place(len(l.shown), height)
	l.page.reveal(max(i, 0), max(i, 0))
	if len(l.shown) == 0 {
		key := "browse.none"
		if len(l.all) > 0 {
			key = "browse.none.pass"
		}
		return part([]Line{nil, words("", "  "+m.say(key))}, 0, height)
	}
	lines := make([]Line, height)
	for n := range lines {
		if at := l.page.top + n; at < len(l.shown) {
			lines[n] = m.row(m.callLine(l.shown[at]), at == i, false, m.width)
		}
	}
	return lines
}

// row puts the marks before a line that can be selected.
func (m *Model) row(l Line, selected, marked bool, width int) Line {
	mark := " "
	if marked {
		mark = "*"
	}
	if !selected {
		return append(words("", " "+mark), l...).cut(width)
	}
	return append(words("", "›"+mark), l...).pick(width)
}

// The columns of the list, and from which width on the terminal has room for them.
const (
	resultColumn = 16
	lengthColumn = 12
	medium       = 60
	wide         = 100
)

var classColours = map[story.Class]terminal.Colour{
	story.Good: terminal.Green, story.Missed: terminal.Yellow, story.Bad: terminal.Red, story.Live: terminal.Cyan,
}

// callLine is a call in the list: when, who, what became of it, and where there is room how long it took and what SIP said.
func (m *Model) callLine(c *trace.Summary) Line {
	layout, room := "01-02 15:04", m.width-2
	if room >= medium {
		layout = "2006-01-02 15:04:05"
	}
	when := c.StartedAt.In(m.options.Location).Format(layout)
	v := story.Brief(*c, m.options.Lang)
	result := v.Word
	if !m.options.Plain {
		result = v.Mark + " " + v.Word
	}
	var tail Line
	if room >= medium {
		tail = append(tail, Span{Text: terminal.PadLeft(m.took(c), lengthColumn)})
	}
	if room >= wide {
		tail = append(tail, Span{Colour: terminal.Faint, Text: "  " + terminal.Pad(terminal.Cut(m.response(c), 26), 26)})
	}
	used := len(layout) + 1 + 1 + resultColumn + terminal.Width(tail.text())
	line := Line{{Colour: terminal.Faint, Text: when + " "}, {Text: terminal.Pad(terminal.Cut(who(c, room >= wide), room-used), room-used) + " "}}
	line = append(line, Span{Colour: classColours[v.Class], Text: terminal.Pad(terminal.Cut(result, resultColumn), resultColumn)})
	return append(line, tail...)
}

func (m *Model) took(c *trace.Summary) string {
	switch {
	case c.Missing > 0:
		return m.say("browse.incomplete")
	case c.TotalUS > 0:
		return m.options.Lang.Duration(c.TotalUS.Duration())
	}
	return ""
}

// status is the last response of a call that is over, as tables write it.
func status(c *trace.Summary) string {
	if c.Result == "" && c.LastResponse == 0 {
		return ""
	}
	return phrase.StatusCode(c.LastResponse)
}

func (m *Model) response(c *trace.Summary) string {
	if code := status(c); code != "" {
		return code + " " + story.Meaning(c.LastResponse, m.options.Lang)
	}
	return ""
}

// who is the other side with an arrow that says which way the call went, or both sides.
func who(c *trace.Summary, both bool) string {
	from, to := party(c.From), party(c.To)
	switch {
	case both && from+to != "":
		return from + " → " + to
	case c.Direction == trace.In:
		return "← " + from
	case c.Direction == trace.Out:
		return "→ " + to
	}
	return "·" // its beginning is no longer recorded
}

func party(p trace.Party) string {
	number, name := phrase.User(p.URI), phrase.Clean(p.Name)
	switch {
	case name == "" || name == number:
		return number
	case number == "":
		return name
	}
	return name + " " + number
}
