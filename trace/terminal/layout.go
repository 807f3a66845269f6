package terminal

import (
	"strings"
	"unicode"
)

// nbsp keeps words together until the lines are cut; then it becomes a plain space.
const nbsp = '\u00a0'

// Width is how many columns a text takes: none for a combining mark, two for a wide East Asian character.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += widthOf(r)
	}
	return n
}

func widthOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && isWide(r):
		return 2
	default:
		return 1
	}
}

// isWide covers the blocks of Unicode's EastAsianWidth that are wide.
func isWide(r rune) bool {
	return r <= 0x115f || (r >= 0x2e80 && r <= 0xa4cf) || (r >= 0xac00 && r <= 0xd7a3) || (r >= 0xf900 && r <= 0xfaff) ||
		(r >= 0xfe30 && r <= 0xfe6f) || (r >= 0xff00 && r <= 0xff60) || (r >= 0xffe0 && r <= 0xffe6) || (r >= 0x1f300 && r <= 0x1faff) ||
		(r >= 0x20000 && r <= 0x3fffd)
}

// Plain replaces no-break spaces, which have done their work when a line is cut.
func Plain(s string) string { return strings.ReplaceAll(s, string(nbsp), " ") }

// Wrap cuts a text into lines no wider than the given width, between words. A word that is wider is cut itself.
func Wrap(s string, width int) []string {
	width = max(width, 1)
	var lines []string
	line := ""
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }) {
		if line != "" && Width(line)+1+Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Width(word) > width {
			head := head(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}

// head is the longest beginning that fits, at least one character.
func head(s string, width int) string {
	n := 0
	for i, r := range s {
		if n += widthOf(r); n > width && i > 0 {
			return s[:i]
		}
	}
	return s
}

// Cut shortens a text to a width, with an ellipsis where something is left out.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width <= 1 {
		return strings.Repeat("…", max(width, 0))
	}
	return strings.TrimRight(head(s, width-1), " ") + "…"
}

// Pad fills a text up to a width with spaces behind it.
func Pad(s string, width int) string { return s + Space(width-Width(s)) }

// PadLeft fills a text up to a width with spaces before it.
func PadLeft(s string, width int) string { return Space(width-Width(s)) + s }

// Centre puts a text into the middle of a width.
func Centre(s string, width int) string {
	free := max(width-Width(s), 0)
	return Space(free/2) + s + Space(free-free/2)
}

// Space is a number of spaces.
func Space(n int) string { return strings.Repeat(" ", max(n, 0)) }
