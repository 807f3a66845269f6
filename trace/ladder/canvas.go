package ladder

import (
	"strings"

	"sidetone/trace/terminal"
)

// canvas is one line of a terminal, a cell a column. The second cell of a wide character is empty.
type canvas struct{ cells []string }

func newCanvas(width int) *canvas {
	c := &canvas{cells: make([]string, width)}
	for i := range c.cells {
		c.cells[i] = " "
	}
	return c
}

// lanes draws the lanes, each as a line, or as what beside has for it.
func (c *canvas) lanes(at []int, beside []string) *canvas {
	for i, x := range at {
		if i < len(beside) && beside[i] != "" {
			c.put(x, beside[i])
		} else {
			c.put(x, "│")
		}
	}
	return c
}

// broken draws every lane as broken.
func broken(at []int) []string {
	out := make([]string, len(at))
	for i := range out {
		out[i] = "┊"
	}
	return out
}

// put writes a text from a column on; what does not fit is left out.
func (c *canvas) put(x int, text string) *canvas {
	for _, r := range text {
		w := terminal.Width(string(r))
		switch {
		case w == 0 && x > 0 && x <= len(c.cells):
			c.cells[x-1] += string(r)
		case x >= 0 && x+w <= len(c.cells) && w > 0:
			c.cells[x] = string(r)
			if w == 2 {
				c.cells[x+1] = ""
			}
		}
		x += w
	}
	return c
}

// fill repeats a character over the columns from and to, both included.
func (c *canvas) fill(from, to int, char string) {
	for x := max(from, 0); x <= min(to, len(c.cells)-1); x++ {
		c.cells[x] = char
	}
}

// label writes a text with a space on either side into the middle of a stretch.
func (c *canvas) label(from, to int, text string) {
	room := to - from + 1
	text = terminal.Cut(text, room-2)
	if text == "" {
		return
	}
	text = " " + text + " "
	c.put(from+(room-terminal.Width(text))/2, text)
}

// words writes a text into the middle of a stretch, not left of least, and tells which columns it takes; one that is wider goes
// over its edges.
func (c *canvas) words(from, to, least int, text string) (int, int) {
	return c.box((from+to+1)/2, " "+text+" ", least)
}

// arrow draws a message from a to z with its name in the middle.
func (c *canvas) arrow(a, z int, r Row) {
	from, to := min(a, z), max(a, z)
	line := "─"
	if r.Dashed || r.Tone == Media {
		line = "╌"
	}
	c.fill(from+1, to-1, line)
	if a < z {
		c.put(z-1, ">")
	} else {
		c.put(z+1, "<")
	}
	c.label(from+2, to-2, fitParts(to-from-5, r.Label, r.Note))
}

// centre writes a text around a column, moved so that it stays on the canvas.
func (c *canvas) centre(x int, text string) { c.box(x, text, 0) }

// box writes a text around a column, not left of least, and tells which columns it takes.
func (c *canvas) box(x int, text string, least int) (from, to int) {
	text = terminal.Cut(text, len(c.cells)-least)
	w := terminal.Width(text)
	from = max(min(x-w/2, len(c.cells)-w), least)
	c.put(from, text)
	return from, from + w - 1
}

// parts is the line in three pieces, cut at two columns.
func (c *canvas) parts(from, to int) (head, body, tail string) {
	from = max(min(from, len(c.cells)), 0)
	to = max(min(to, len(c.cells)), from)
	join := func(cells []string) string { return strings.Join(cells, "") }
	return join(c.cells[:from]), join(c.cells[from:to]), join(c.cells[to:])
}

func (c *canvas) String() string { return strings.Join(c.cells, "") }
