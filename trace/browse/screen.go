package browse

import (
	"strconv"
	"strings"
	"unicode"

	"sidetone/trace/terminal"
)

// Screen knows what a terminal shows, and sends only what changes it.
type Screen struct {
	Colour bool // else nothing but reverse video
	Plain  bool // ASCII without any attribute
	Typed  bool // the terminal can't move its cursor: lines are written one below the other

	shown []string
}

// Forget says that the terminal shows something else by now.
func (s *Screen) Forget() { s.shown = nil }

// Draw gives the bytes that make the terminal show a frame, none when it does already. Control sequences are those of a VT100.
func (s *Screen) Draw(frame []Line) []byte {
	next := make([]string, len(frame))
	for i, l := range frame {
		next[i] = s.encode(l)
	}
	before := s.shown
	s.shown = next
	var b []byte
	switch {
	case s.Typed:
		return typed(before, next)
	case len(before) != len(next):
		b = append(b, "\x1b[H\x1b[2J"...)
		before = make([]string, len(next))
	default:
		b, before = s.scroll(before, next)
	}
	for i := range next {
		if next[i] != before[i] {
			b = s.change(b, i, before[i], next[i])
		}
	}
	return b
}

// encode writes a line with its colours. Whatever is no visible character stops here.
func (s *Screen) encode(l Line) string {
	var b strings.Builder
	for _, span := range l {
		colour := string(span.Colour)
		if !s.Colour {
			colour, _, _ = strings.Cut(colour, ";")
			if colour != string(reversed) {
				colour = ""
			}
		}
		switch text := strings.Map(graphic, span.Text); {
		case s.Plain:
			b.WriteString(terminal.ASCII(text))
		case colour == "" || text == "" || !isSGR(colour):
			b.WriteString(text)
		default:
			b.WriteString("\x1b[" + colour + "m" + text + "\x1b[0m")
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func graphic(r rune) rune {
	if !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

// change rewrites the part of a line that differs.
func (s *Screen) change(b []byte, row int, before, next string) []byte {
	from, to := 0, len(next)
	columns := isASCII(before) && isASCII(next) // a byte is one
	if columns {
		for from < min(len(before), len(next)) && before[from] == next[from] {
			from++
		}
		if len(before) == len(next) {
			for to > from && before[to-1] == next[to-1] {
				to--
			}
		}
	}
	b = move(b, row, from)
	b = append(b, next[from:to]...)
	if to == len(next) && before != "" && (!columns || len(before) > len(next)) {
		b = append(b, "\x1b[K"...)
	}
	return b
}

// move puts the cursor into a row and a column, both from 0.
func move(b []byte, row, column int) []byte {
	b = append(b, "\x1b["...)
	b = strconv.AppendInt(b, int64(row+1), 10)
	if column > 0 {
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(column+1), 10)
	}
	return append(b, 'H')
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// worthIt is how many bytes a scroll must save: more than it takes itself.
const worthIt = 40

// scroll moves lines that stand elsewhere by now, where that is shorter than to write them again. It gives what the terminal
// shows then.
func (s *Screen) scroll(before, next []string) ([]byte, []string) {
	from, to, by, best := 0, 0, 0, worthIt
	for d := -len(next) / 2; d <= len(next)/2; d++ {
		if d == 0 {
			continue
		}
		for i := max(0, -d); i < min(len(next), len(next)-d); i++ {
			j, saved := i, 0
			for ; j < min(len(next), len(next)-d) && s.alike(next[j], before[j+d]); j++ {
				if next[j] != before[j] {
					saved += len(next[j])
				}
			}
			if saved -= lost(before, next, i, j, d); saved > best {
				from, to, by, best = i, j, d, saved
			}
			i = max(i, j)
		}
	}
	if by == 0 {
		return nil, before
	}
	return scrolled(before, min(from, from+by), max(to, to+by), by)
}

// alike tells lines that differ in nothing but the mark of the selection.
func (s *Screen) alike(a, b string) bool {
	return a == b || s.Plain && len(a) == len(b) && len(a) > 2 && a[2:] == b[2:]
}

// lost is what a scroll wipes off that must then be written again.
func lost(before, next []string, from, to, by int) int {
	n := 0
	for i := min(from, from+by); i < max(to, to+by); i++ {
		if (i < from || i >= to) && next[i] == before[i] {
			n += len(next[i])
		}
	}
	return n
}

// scrolled moves the lines first to last up by a number of lines, down when it is negative (VT100: DECSTBM, IND, RI).
func scrolled(before []string, first, last, by int) ([]byte, []string) {
	region := strconv.Itoa(first+1) + ";" + strconv.Itoa(last) + "r"
	b := []byte("\x1b[" + region)
	after := append([]string(nil), before...)
	if by > 0 {
		b = append(move(b, last-1, 0), strings.Repeat("\n", by)...)
	} else {
		b = append(move(b, first, 0), strings.Repeat("\x1bM", -by)...)
	}
	for i := first; i < last; i++ {
		after[i] = ""
		if i+by >= first && i+by < last {
			after[i] = before[i+by]
		}
	}
	return append(b, "\x1b[r"...), after
}

// typed writes a frame below the one before: all of it when the view is another one, else the line that is selected now.
func typed(before, next []string) []byte {
	whole := len(before) != len(next)
	var changed, chosen []string
	for i := range next {
		if whole || next[i] != before[i] {
			changed = append(changed, next[i])
			if strings.HasPrefix(next[i], ">") {
				chosen = append(chosen, next[i])
			}
		}
	}
	if len(chosen) > 0 && len(changed) <= 4 {
		changed = chosen
	}
	var b []byte
	for _, l := range changed {
		if l != "" {
			b = append(b, l+"\r\n"...)
		}
	}
	return b
}
