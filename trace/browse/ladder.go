package browse

import (
	"strconv"
	"strings"

	"sidetone/trace/ladder"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// drawn is the least width in which lanes are drawn; a narrower ladder is a list of messages.
const drawn = 60

func (m *Model) ladderKey(k Key) {
	c := m.call
	if by, moves := step(k, len(c.ladder.Rows), c.ladderPage.height); moves {
		c.row = max(min(c.row+by, len(c.ladder.Rows)-1), 0)
		c.lead()
		return
	}
	switch k {
	case Enter, Right:
		if len(c.ladder.Rows) > 0 {
			m.enter(messageView)
		}
	case Tab, 's', 'm':
		m.back()
	case ' ':
		if id := c.rowID(c.row); c.marked == id {
			c.marked = ""
		} else {
			c.marked = id
		}
	case 'c':
		m.compare()
	default:
	}
}

func (m *Model) compare() {
	if len(m.call.ladder.Rows) > 0 {
		m.enter(diffView)
	}
}

// ladderBody is the ladder with the message of the selected row beside it, or below where there is no room.
func (m *Model) ladderBody(height int) []Line {
	switch {
	case m.options.Plain:
		return m.rows(m.width, height)
	case m.width >= ladderBeside:
		width := max(drawn+2, m.width*4/7)
		return beside(m.rows(width, height), m.call.messageLines(m.width-width-2, m.options), width, height)
	}
	below := max(height/3, min(height/2, 4))
	out := append(m.rows(m.width, height-below-1), words(terminal.Faint, strings.Repeat("─", m.width)))
	return append(out, part(m.call.messageLines(m.width, m.options), 0, below)...)
}

// rows are the ladder in a width: its heading, and as many rows as there is room for.
func (m *Model) rows(width, height int) []Line {
	c, height := m.call, max(height, 0)
	head, rows := c.drawing(width, m.options)
	head = head[:max(min(len(head), height-3), 0)]
	c.ladderPage.place(len(rows), height-len(head))
	if first, last := linesOfRow(rows, c.row); first >= 0 {
		c.ladderPage.reveal(first, last)
	}
	out := make([]Line, 0, height)
	for _, l := range head {
		out = append(out, append(words("", "  "), l...))
	}
	for i := c.ladderPage.top; i < len(rows) && len(out) < height; i++ {
		id, further := c.rowID(rows[i].row), i > 0 && rows[i].row == rows[i-1].row
		switch line := rows[i].line; {
		case further && id == c.rowID(c.row):
			out = append(out, append(words("", "  "), line...).pick(width))
		default:
			out = append(out, m.row(line, id != "" && rows[i].row == c.row, !further && id != "" && id == c.marked, width))
		}
	}
	return part(out, 0, height)
}

// rowLine is a line of a row; a row may have several.
type rowLine struct {
	line Line
	row  int
}

func linesOfRow(lines []rowLine, row int) (first, last int) {
	first, last = -1, -1
	for i, l := range lines {
		if l.row == row {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	return first, last
}

// drawing is the heading of the ladder and the lines of its rows, or one that says that there is none.
func (c *call) drawing(width int, o Options) (head []Line, rows []rowLine) {
	room := width - 2
	if room < drawn {
		return c.narrow()
	}
	if c.ladderWidth != room {
		c.ladderLines, c.ladderWidth = c.ladder.Lines(room, story.InColour(), story.In(o.Location)), room
	}
	for _, l := range c.ladderLines {
		if l.Row < 0 && len(c.ladder.Rows) > 0 {
			head = append(head, painted(l.Text))
		} else {
			rows = append(rows, rowLine{painted(l.Text), l.Row})
		}
	}
	return head, rows
}

var toneColours = map[ladder.Tone]terminal.Colour{
	ladder.Success: terminal.Green, ladder.Failure: terminal.Red, ladder.Holding: terminal.Violet, ladder.Media: terminal.Cyan,
	ladder.Device: terminal.Faint, ladder.Missing: terminal.Yellow, ladder.Provisional: terminal.Faint,
}

// narrow writes a message a line: when, which way, what.
func (c *call) narrow() (head []Line, rows []rowLine) {
	if len(c.ladder.Rows) == 0 {
		return nil, []rowLine{{words("", terminal.Plain(c.ladder.Lang.Say("ladder.empty"))), -1}}
	}
	var lanes []string
	for i := range c.ladder.Lanes {
		lanes = append(lanes, c.letter(i)+" "+c.lane(i))
	}
	head = []Line{words(terminal.Bold, strings.Join(lanes, "   "))}
	offset := 0
	for _, r := range c.ladder.Rows {
		offset = max(offset, terminal.Width(r.Offset))
	}
	for i, r := range c.ladder.Rows {
		ends := c.letter(r.From) + "  "
		switch r.Kind {
		case ladder.Arrow:
			ends = c.letter(r.From) + "→" + c.letter(r.To)
		case ladder.Band, ladder.Quiet, ladder.More:
			ends = "░░░"
		default:
		}
		label := r.Label
		if r.Note != "" {
			label += " · " + r.Note
		}
		rows = append(rows, rowLine{Line{
			{Colour: terminal.Faint, Text: terminal.PadLeft(r.Offset, offset) + " "},
			{Colour: toneColours[r.Tone], Text: ends + " " + label},
		}, i})
	}
	return head, rows
}

// letter names a lane where there is no room for more: A to Z, then numbers.
func (c *call) letter(i int) string {
	if i < 0 || i >= 26 {
		return strconv.Itoa(i + 1)
	}
	return string(rune('A' + i))
}
