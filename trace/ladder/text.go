package ladder

import (
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// The columns of a drawing in a terminal.
const (
	gutter     = 20 // offset and delta, where there is room
	margin     = 8  // from the gutter to the first lane, and from the last lane to the edge
	leastSpan  = 24 // between two lanes, so that a message can be named with the direction of a hold
	mostSpan   = 64 // a longer arrow says no more
	leastWidth = 60
	clockWidth = 12 // of a time of day, "15:42:07.118"
	clockFrom  = 110
)

// Line is one line of a ladder in a terminal.
type Line struct {
	_    [0]func()      // not to be compared, so no code is made for it
	Text string         // without a line end; coloured when asked for
	Row  int            // index of the row that it draws, -1 for a heading
	Ref  trace.EventRef // the row's first event; zero where a line stands for none
}

// Text draws the ladder for a terminal of the given width in columns. More lanes than fit are drawn as a list of messages
// with the names of both ends. A wide terminal also gets the times of day, in the time zone of the options.
func (l Ladder) Text(width int, options ...story.TextOption) string {
	var b strings.Builder
	for _, line := range l.Lines(width, options...) {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

// Lines are the lines of Text, each with what it stands for. Headings come first, then the rows in their order, each with one
// line or with more where its words need them.
func (l Ladder) Lines(width int, options ...story.TextOption) []Line {
	style := story.StyleOf(options...)
	p := &printer{ladder: l, width: max(width, leastWidth), style: style, paint: terminal.Painter(style.Colour), current: -1}
	if len(l.Rows) == 0 {
		p.write(l.Lang.Say("ladder.empty"))
		return p.lines
	}
	p.offset, p.delta = 1, 0
	for _, r := range l.Rows {
		p.offset, p.delta = max(p.offset, terminal.Width(r.Offset)), max(p.delta, terminal.Width(r.Delta))
	}
	if p.width >= clockFrom && l.StartAt.Year() > 1970 {
		p.clock = clockWidth + 2
	}
	if span := p.span(); span < leastSpan {
		p.list()
	} else {
		p.draw(min(span, mostSpan))
	}
	return p.lines
}

type printer struct {
	ladder        Ladder
	width         int
	style         story.TextStyle
	paint         terminal.Painter
	offset, delta int // widths of the columns
	clock         int // likewise, with its gap; 0 where there is no room for it
	current       int // index of the row that is being drawn, -1 for the headings
	lines         []Line
}

// left is where the first lane stands, and right how far from the edge the last one does. More than two lanes need the
// room for themselves.
func (p *printer) left() int {
	times := p.clock + p.offset + p.delta + 3
	if len(p.ladder.Lanes) > 2 {
		return times + p.right()
	}
	return max(p.clock+gutter, times) + p.right()
}

func (p *printer) right() int {
	if len(p.ladder.Lanes) > 2 {
		return margin - 2
	}
	return margin
}

// span is how many columns there are from lane to lane.
func (p *printer) span() int {
	return (p.width - p.left() - p.right() - 1) / max(len(p.ladder.Lanes)-1, 1)
}

var colours = map[Tone]terminal.Colour{
	Success: terminal.Green, Failure: terminal.Red, Holding: terminal.Violet, Media: terminal.Cyan, Device: terminal.Faint,
	Missing: terminal.Yellow, Provisional: terminal.Faint,
}

func (p *printer) write(parts ...string) {
	line := Line{Text: terminal.Plain(strings.TrimRight(strings.Join(parts, ""), " ")), Row: p.current}
	if p.style.ASCII {
		line.Text = terminal.ASCII(line.Text)
	}
	if line.Row >= 0 && len(p.ladder.Rows[line.Row].Evidence) > 0 {
		line.Ref = p.ladder.Rows[line.Row].Evidence[0]
	}
	p.lines = append(p.lines, line)
}

// draw writes names, addresses and rows between the lanes.
func (p *printer) draw(span int) {
	at := make([]int, len(p.ladder.Lanes))
	for i := range at {
		at[i] = p.left() + i*span
	}
	names, addresses := newCanvas(p.width), newCanvas(p.width)
	for i, lane := range p.ladder.Lanes {
		room := min(span-2, 2*(p.width-1-at[len(at)-1])+span/2)
		names.centre(at[i], terminal.Cut(lane.Name, room))
		addresses.centre(at[i], squeeze(p.below(lane), room))
	}
	p.write(p.paint.Paint(terminal.Bold, names.String()))
	p.write(p.paint.Paint(terminal.Faint, addresses.String()))
	p.write(newCanvas(p.width).lanes(at, nil).String())
	beside, left := make([]string, len(at)), 0
	for i, r := range p.ladder.Rows {
		if r.Kind == Band { // its lanes are drawn as bars as long as it lasts
			clear(beside)
			beside[r.From], beside[r.To], left = bars[r.Tone], bars[r.Tone], max(r.Rows, 1)
		}
		if left == 0 {
			clear(beside)
		}
		left--
		p.current = i
		p.row(r, at, beside)
	}
}

// bars are the lanes of who hears something.
var bars = map[Tone]string{Media: "┃", Holding: "┇"}

// below is what stands below the name of a lane.
func (p *printer) below(l Lane) string {
	if l.Address == "" {
		return p.ladder.Lang.Say("ladder.unreached")
	}
	return together(l.Address, l.Transport)
}

func (p *printer) row(r Row, at []int, beside []string) {
	c := newCanvas(p.width).lanes(at, beside)
	a, z := at[r.From], at[r.To]
	from, to := min(a, z), max(a, z)
	first := p.clock + p.offset + 2 // the times take what is left of it
	if r.Delta != "" {
		first += p.delta + 2
	}
	switch {
	case r.Kind == Arrow && a != z:
		c.arrow(a, z, r)
	case r.Kind == Arrow: // to itself
		from, to = c.box(a, "<"+fitParts(p.width-first-2, r.Label, r.Note)+">", first)
	case r.Kind == Band:
		p.band(r, at, beside)
		return
	case r.Kind == Pill:
		p.boxes(r, at, beside, "(", ")", first)
		return
	case r.Kind == Hole:
		c = newCanvas(p.width).lanes(at, beside).put(a, "┊")
		from, to = c.box(a, "[⋯ "+r.Label+"]", first)
	default: // Quiet, More
		c = c.lanes(at, broken(at))
		from, to = c.words(from, to, first, r.Label)
	}
	p.finish(r, c, from, to, r.Kind != Quiet)
}

// finish writes a line whose row takes the columns from and to, with the times in the gutter when it is the row's first.
func (p *printer) finish(r Row, c *canvas, from, to int, timed bool) {
	head, body, tail := c.parts(from, to+1)
	if timed {
		head = p.times(r, head)
	}
	p.write(head, p.paint.Paint(colours[r.Tone], body), tail)
}

// band writes what could be heard, in two lines when one is too short for it.
func (p *printer) band(r Row, at []int, beside []string) {
	from, to := min(at[r.From], at[r.To]), max(at[r.From], at[r.To])
	fill := "░"
	if r.Tone == Holding {
		fill = "▒"
	}
	text := together(r.Label, r.Note)
	lines := []string{text}
	if room := to - from - 3; terminal.Width(text) > room {
		if lines = terminal.Wrap(text, room); len(lines) > 2 {
			lines = lines[:2]
		}
	}
	for _, line := range lines {
		c := newCanvas(p.width).lanes(at, beside)
		c.fill(from+1, to-1, fill)
		c.label(from+1, to-1, strings.Trim(line, " ·"))
		p.finish(r, c, from, to, false)
	}
}

// boxes writes a pill, in more than one line when its words are many.
func (p *printer) boxes(r Row, at []int, beside []string, open, shut string, first int) {
	room := min(max(p.width-first-2, 20), 44)
	var line string
	timed := true
	flush := func() {
		c := newCanvas(p.width).lanes(at, beside)
		from, to := c.box(at[r.From], open+line+shut, first)
		p.finish(r, c, from, to, timed)
		line, timed = "", false
	}
	for _, part := range strings.Split(r.Label, separator) {
		if line != "" && terminal.Width(line)+terminal.Width(separator+part) > room {
			flush()
		}
		line = together(line, part)
	}
	flush()
}

// times writes the offset, the delta and where there is room the time of day into the gutter, which the row itself leaves free.
func (p *printer) times(r Row, head string) string {
	if r.Offset == "" {
		return head
	}
	used, times := 0, ""
	if p.clock > 0 {
		used = p.clock
		times = p.paint.Paint(terminal.Faint, r.At.In(p.style.Location).Format("15:04:05.000")) + "  "
	}
	used += p.offset
	times += p.paint.Paint(terminal.Faint, terminal.PadLeft(r.Offset, p.offset))
	if r.Delta != "" {
		used += 2 + p.delta
		times += "  " + p.paint.Paint(terminal.Cyan, terminal.PadLeft(r.Delta, p.delta))
	}
	return times + strings.TrimPrefix(head, terminal.Space(used))
}

// list writes one row a line, for a terminal too narrow for the lanes.
func (p *printer) list() {
	for i, lane := range p.ladder.Lanes {
		room := p.width - 5 - terminal.Width(p.below(lane))
		p.write(letter(i), "  ", p.paint.Paint(terminal.Bold, terminal.Cut(lane.Name, max(room, p.width/2-5))), "  ",
			p.paint.Paint(terminal.Faint, squeeze(p.below(lane), max(p.width/2-2, p.width-5-terminal.Width(lane.Name)))))
	}
	p.write()
	for i, r := range p.ladder.Rows {
		p.current = i
		ends := letter(r.From) + "    "
		switch r.Kind {
		case Arrow:
			ends = letter(r.From) + " → " + letter(r.To)
		case Band, More:
			ends = letter(r.From) + " – " + letter(r.To)
		case Quiet:
			ends = "     "
		case Pill, Hole: // on one lane
		}
		clock := ""
		if p.clock > 0 {
			clock = terminal.Pad(r.At.In(p.style.Location).Format(time.TimeOnly+".000"), p.clock)
		}
		left := clock + terminal.PadLeft(r.Offset, p.offset) + "  " + terminal.PadLeft(r.Delta, p.delta) + "  " + ends + "  "
		p.write(left, p.paint.Paint(colours[r.Tone], fitParts(p.width-terminal.Width(left), marks[r.Kind]+r.Label, r.Note)))
	}
}

// marks tell the rows of a list apart that are no messages.
var marks = map[RowKind]string{Band: "░ ", Hole: "⋯ ", Quiet: "┊ ", More: "┊ "}

// letter names a lane in a list: A to Z, then AA.
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

// fitParts writes a label and as many parts of its note as there is room for.
func fitParts(room int, label, note string) string {
	text := label
	for note != "" {
		var part string
		part, note, _ = strings.Cut(note, separator)
		if with := text + separator + part; terminal.Width(with) <= room {
			text = with
		}
	}
	return terminal.Cut(text, room)
}

// squeeze shortens an address in its middle: both ends of it tell.
func squeeze(s string, width int) string {
	over := terminal.Width(s) - width
	if over <= 0 {
		return s
	}
	runes := []rune(s)
	keep := max(len(runes)-over-1, 0)
	head := (keep + 1) / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(keep-head):])
}
