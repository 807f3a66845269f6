package browse

import (
	"strings"
	"unicode"

	"sidetone/trace/terminal"
)

// Span is a stretch of text in one colour. Colour may join parameters: "7;31".
type Span struct {
	_      [0]func() // not to be compared, so no code is made for it
	Colour terminal.Colour
	Text   string
}

// Line is one line of a frame.
type Line []Span

// reversed is the colour of what is selected (ECMA-48 section 8.3.117).
const reversed terminal.Colour = "7"

func words(c terminal.Colour, text string) Line { return Line{{Colour: c, Text: text}} }

// painted reads what a terminal.Painter wrote. Another escape sequence stays text.
func painted(s string) Line {
	var l Line
	colour := terminal.Colour("")
	for {
		at := strings.Index(s, "\x1b[")
		if at < 0 {
			return append(l, Span{Colour: colour, Text: s})
		}
		l = append(l, Span{Colour: colour, Text: s[:at]})
		sgr, rest, ends := strings.Cut(s[at+2:], "m")
		if !ends || len(sgr) > 2 || !isSGR(sgr) {
			return append(l, Span{Colour: colour, Text: s[at:]})
		}
		colour, s = terminal.Colour(strings.TrimPrefix(sgr, "0")), rest
	}
}

// isSGR tells parameters of a colour from anything else.
func isSGR(s string) bool { return strings.Trim(s, "0123456789;") == "" }

// text is what the line says, without colours.
func (l Line) text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// cut shortens a line to a width in columns.
func (l Line) cut(width int) Line {
	room := max(width, 0)
	for i, s := range l {
		w := terminal.Width(s.Text)
		if w > room {
			return append(l[:i:i], Span{Colour: s.Colour, Text: terminal.Cut(s.Text, room)})
		}
		room -= w
	}
	return l
}

// fill cuts or pads a line to a width.
func (l Line) fill(width int) Line {
	l = l.cut(width)
	return append(l[:len(l):len(l)], Span{Text: terminal.Space(width - terminal.Width(l.text()))})
}

// pick shows a line of the given width as selected.
func (l Line) pick(width int) Line {
	l = l.fill(width)
	out := make(Line, len(l))
	for i, s := range l {
		out[i] = Span{Colour: reversed, Text: s.Text}
		if s.Colour != "" {
			out[i].Colour += ";" + s.Colour
		}
	}
	return out
}

// ends puts one text at the beginning of a line and one at its end.
func ends(left, right Line, width int) Line {
	room := width - terminal.Width(right.text())
	if room < 8 {
		return left.cut(width)
	}
	return append(left.cut(room-1).fill(room), right...)
}

// beside puts two blocks of lines next to each other, with a rule between.
func beside(left, right []Line, leftWidth, height int) []Line {
	out := make([]Line, height)
	for i := range out {
		out[i] = append(at(left, i).fill(leftWidth), Span{Colour: terminal.Faint, Text: "│ "})
		out[i] = append(out[i], at(right, i)...)
	}
	return out
}

func at(lines []Line, i int) Line {
	if i < 0 || i >= len(lines) {
		return nil
	}
	return lines[i]
}

// part is as many lines as a view has room for, from a line on.
func part(lines []Line, top, height int) []Line {
	out := make([]Line, max(height, 0))
	for i := range out {
		out[i] = at(lines, top+i)
	}
	return out
}

// chop cuts a text into pieces of a width, wherever that is; the pieces behind the first are indented.
func chop(s string, width int) []string {
	const indent = "  "
	width = max(width, len(indent)+2)
	var out []string
	piece, used := 0, 0
	prefix := ""
	for i, r := range s {
		w := terminal.Width(string(r))
		if used+w > width {
			out = append(out, prefix+s[piece:i])
			piece, prefix, used = i, indent, len(indent)
		}
		used += w
	}
	return append(out, prefix+s[piece:])
}

// visible makes what a stranger wrote fit to be shown: controls become their pictures (Unicode block 2400), what hides or
// reorders text becomes a replacement character.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ':
			return 0x2400 + r
		case r == 0x7f:
			return '␡'
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
