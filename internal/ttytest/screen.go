package ttytest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Screen obeys the control functions of a VT100 that the product uses: moving the cursor, erasing, a scrolling region, colours, and
// a second screen. Anything else is a fault, as it would be on a real terminal.
type Screen struct {
	Faults []string // what it does not know
	Bytes  int      // that were written so far
	Second bool     // the second screen is shown
	Hidden bool     // the cursor is

	width, height int
	cells         [][]rune
	row, column   int
	top, bottom   int // of the scrolling region, both included
	held          []byte
}

// NewScreen gives an empty screen.
func NewScreen(width, height int) *Screen {
	s := &Screen{}
	s.Resize(width, height)
	return s
}

// Resize empties the screen and gives it another size.
func (s *Screen) Resize(width, height int) {
	s.width, s.height, s.top, s.bottom = width, height, 0, height-1
	s.cells = make([][]rune, height)
	for i := range s.cells {
		s.cells[i] = blank(width)
	}
}

func blank(width int) []rune { return []rune(strings.Repeat(" ", width)) }

// Text is what stands on the screen, without the spaces at the ends of lines.
func (s *Screen) Text() string {
	var b strings.Builder
	for _, row := range s.cells {
		b.WriteString(strings.TrimRight(strings.ReplaceAll(string(row), "\x00", ""), " ") + "\n")
	}
	return b.String()
}

// Write takes what a program writes, cut anywhere.
func (s *Screen) Write(b []byte) (int, error) {
	s.Bytes += len(b)
	s.held = append(s.held, b...)
	for len(s.held) > 0 {
		n := s.obey(s.held)
		if n == 0 {
			break
		}
		s.held = s.held[n:]
	}
	return len(b), nil
}

func (s *Screen) fault(format string, args ...any) {
	s.Faults = append(s.Faults, fmt.Sprintf(format, args...))
}

// obey takes one character or sequence, and tells how many bytes it has; 0 when more must come.
func (s *Screen) obey(b []byte) int {
	switch c := b[0]; {
	case c == 0x1b:
		return s.escape(b)
	case c == '\n':
		s.feed(1)
		return 1
	case c == '\r':
		s.column = 0
		return 1
	case c < ' ' || c == 0x7f:
		s.fault("control character %#x", c)
		return 1
	case !utf8.FullRune(b):
		return 0
	}
	r, n := utf8.DecodeRune(b)
	s.put(r)
	return n
}

func (s *Screen) escape(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case b[1] == 'M':
		s.feed(-1)
		return 2
	case b[1] != '[':
		s.fault("escape %q", b[:2])
		return 2
	}
	end := 2
	for end < len(b) && (b[end] < 0x40 || b[end] > 0x7e) {
		end++
	}
	if end == len(b) {
		return 0
	}
	s.control(string(b[2:end]), b[end])
	return end + 1
}

func (s *Screen) control(parameters string, final byte) {
	numbers := []int{0, 0}
	for i, p := range strings.Split(parameters, ";") {
		if n, err := strconv.Atoi(p); err == nil && i < len(numbers) {
			numbers[i] = n
		}
	}
	switch sequence := parameters + string(final); {
	case final == 'm':
	case final == 'H':
		s.row, s.column = min(max(numbers[0], 1), s.height)-1, min(max(numbers[1], 1), s.width)-1
	case sequence == "K":
		copy(s.cells[s.row][min(s.column, s.width):], blank(s.width))
	case sequence == "2J":
		row, column := s.row, s.column
		s.Resize(s.width, s.height)
		s.row, s.column = row, column
	case sequence == "r":
		s.top, s.bottom, s.row, s.column = 0, s.height-1, 0, 0
	case final == 'r' && numbers[0] >= 1 && numbers[1] <= s.height && numbers[0] < numbers[1]:
		s.top, s.bottom, s.row, s.column = numbers[0]-1, numbers[1]-1, 0, 0
	case sequence == "?1049h", sequence == "?1049l":
		s.Second = final == 'h'
		s.Resize(s.width, s.height)
	case sequence == "?25h", sequence == "?25l":
		s.Hidden = final == 'l'
	default:
		s.fault("sequence %q", sequence)
	}
}

// feed moves the cursor a line, and the scrolling region when it is at its edge.
func (s *Screen) feed(by int) {
	switch {
	case by > 0 && s.row == s.bottom:
		copy(s.cells[s.top:], s.cells[s.top+1:s.bottom+1])
		s.cells[s.bottom] = blank(s.width)
	case by < 0 && s.row == s.top:
		copy(s.cells[s.top+1:s.bottom+1], s.cells[s.top:s.bottom])
		s.cells[s.top] = blank(s.width)
	default:
		s.row = min(max(s.row+by, 0), s.height-1)
	}
}

// wide tells the characters of two columns that tests use.
func wide(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300
}

func (s *Screen) put(r rune) {
	if s.column >= s.width {
		s.fault("%q is written beyond the last column", r)
		return
	}
	s.cells[s.row][s.column] = r
	if s.column++; wide(r) && s.column < s.width {
		s.cells[s.row][s.column] = 0
		s.column++
	}
}
