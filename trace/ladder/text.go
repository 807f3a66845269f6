package ladder

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// The columns of a drawing in a terminal.
const (
	gutter     = 20 // offset and delta, where there is room
	margin     = 8  // from the gutter to the first lane, and from the last lane to the edge
	leastSpan  = 22 // between two lanes, so that a message can be named
	leastWidth = 60
)

// Line is one line of a ladder in a terminal.
type Line struct {
	Text string         // without a line end; coloured when asked for
	Row  int            // index of the row that it draws, -1 for a heading
	Ref  trace.EventRef // the row's first event; zero where a line stands for none
}

// Text draws the ladder for a terminal of the given width in columns. More lanes than fit are drawn as a list of messages
// with the names of both ends.
func (l Ladder) Text(width int, options ...story.TextOption) string {
	var b strings.Builder
	for _, line := range l.Lines(width, options...) {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

// Lines are the lines of Text, each with what it stands for. A row is one line; headings come first.
func (l Ladder) Lines(width int, options ...story.TextOption) []Line {
	width = max(width, leastWidth)
	p := &printer{ladder: l, width: width, paint: terminal.Painter(story.StyleOf(options...).Colour), current: -1}
	if len(l.Rows) == 0 {
		p.write(l.Lang.Say("ladder.empty"))
		return p.lines
	}
	p.offset, p.delta = 1, 0
	for _, r := range l.Rows {
		p.offset, p.delta = max(p.offset, terminal.Width(r.Offset)), max(p.delta, terminal.Width(r.Delta))
	}
	if span := p.span(); span < leastSpan {
		p.list()
	} else {
		p.draw(span)
	}
	return p.lines
}

type printer struct {
	ladder        Ladder
	width         int
	paint         terminal.Painter
	offset, delta int // widths of the columns
	current       int // index of the row that is being drawn, -1 for the headings
	lines         []Line
}

// left is where the first lane stands, and right how far from the edge the last one does. More than two lanes need the
// room for themselves.
func (p *printer) left() int {
	if len(p.ladder.Lanes) > 2 {
		return p.offset + p.delta + 3 + p.right()
	}
	return max(gutter, p.offset+p.delta+3) + p.right()
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
		names.centre(at[i], lane.Name, span-1)
		addresses.centre(at[i], lane.Address, span-1)
	}
	p.write(p.paint.Paint(terminal.Bold, names.String()))
	if line := strings.TrimRight(addresses.String(), " "); line != "" {
		p.write(p.paint.Paint(terminal.Faint, line))
	}
	p.write(lanes(p.width, at).String())
	for i, r := range p.ladder.Rows {
		p.current = i
		p.row(r, at)
	}
}

func lanes(width int, at []int) *canvas {
	c := newCanvas(width)
	for _, x := range at {
		c.put(x, "│")
	}
	return c
}

func (p *printer) row(r Row, at []int) {
	c := lanes(p.width, at)
	a, b := at[r.From], at[r.To]
	from, to := min(a, b), max(a, b)
	switch r.Kind {
	case Arrow:
		arrow(c, a, b, r)
	case Band:
		fill := "░"
		if r.Tone == Holding {
			fill = "▒"
		}
		c.fill(from+1, to-1, fill)
		c.label(from+1, to-1, r.Label)
	case Pill:
		from, to = c.box(a, "("+r.Label+")", p.offset+2)
	case Hole:
		from, to = c.box(a, "[⋯ "+r.Label+"]", p.offset+2)
	case Quiet:
		c.fill(from+1, to-1, " ")
		for _, x := range at {
			c.put(x, "┊")
		}
		c.label(from+1, to-1, r.Label)
	}
	head, body, tail := c.parts(from, to+1)
	head = p.times(r, head)
	p.write(head, p.paint.Paint(colours[r.Tone], body), tail)
}

// times writes offset and delta into the gutter, which the row itself leaves free.
func (p *printer) times(r Row, head string) string {
	if r.Kind == Band || r.Kind == Quiet {
		return head
	}
	used := p.offset
	times := p.paint.Paint(terminal.Faint, terminal.PadLeft(r.Offset, p.offset))
	if r.Delta != "" {
		used += 2 + p.delta
		times += "  " + p.paint.Paint(terminal.Cyan, terminal.PadLeft(r.Delta, p.delta))
	}
	return times + strings.TrimPrefix(head, terminal.Space(used))
}

// arrow draws a message from a to b with its name in the middle.
func arrow(c *canvas, a, b int, r Row) {
	from, to := min(a, b), max(a, b)
	line := "─"
	if r.Dashed {
		line = "╌"
	}
	c.fill(from+1, to-1, line)
	if a < b {
		c.put(b-1, ">")
	} else {
		c.put(b+1, "<")
	}
	label := r.Label
	if with := label + " · " + r.Note; r.Note != "" && terminal.Width(with) <= to-from-5 {
		label = with
	}
	c.label(from+2, to-2, label)
}

// list writes one message a line, for a terminal too narrow for the lanes.
func (p *printer) list() {
	for i, lane := range p.ladder.Lanes {
		p.write(string(rune('A'+i%26)), "  ", p.paint.Paint(terminal.Bold, lane.Name), "  ", p.paint.Paint(terminal.Faint, lane.Address))
	}
	p.write()
	for i, r := range p.ladder.Rows {
		p.current = i
		letter := func(i int) string { return string(rune('A' + i%26)) }
		ends := letter(r.From) + "    "
		if r.Kind == Arrow {
			ends = letter(r.From) + " → " + letter(r.To)
		}
		label := r.Label
		if r.Note != "" {
			label += " · " + r.Note
		}
		left := terminal.PadLeft(r.Offset, p.offset) + "  " + terminal.PadLeft(r.Delta, p.delta) + "  " + ends + "  "
		p.write(left, p.paint.Paint(colours[r.Tone], terminal.Cut(label, p.width-terminal.Width(left))))
	}
}
