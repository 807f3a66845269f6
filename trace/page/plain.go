package page

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPlain is the length in runes at which Plain cuts: longer than any honest name or sentence.
const maxPlain = 400

// Plain makes a string of unknown origin fit to be shown in one line: control characters become their pictures,
// characters that reorder or hide text become their code points, and what is too long is cut.
func Plain(s string) string {
	s = cut(s)
	if strings.IndexFunc(s, treacherous) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if treacherous(r) {
			b.WriteString(picture(r))
		} else {
			b.WriteRune(r)
		}
	}
	return cut(b.String())
}

// cut leaves at most maxPlain runes, the last one an ellipsis where something is gone.
func cut(s string) string {
	if len(s) <= maxPlain {
		return s
	}
	n, last := 0, 0
	for i := range s {
		if n++; n == maxPlain {
			last = i
		}
		if n > maxPlain {
			return s[:last] + "…"
		}
	}
	return s
}

// treacherous tells characters that a reader cannot see or that change how others are read: controls, bidirectional
// formatting (Unicode UAX #9), separators, zero-width characters, private use, and what was no character at all.
func treacherous(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == utf8.RuneError, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0x061c:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	}
	return unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r)
}

// picture stands for a character that cannot be shown as it is.
func picture(r rune) string {
	switch {
	case r < 0x20:
		return string(rune(0x2400) + r) // the block of control pictures begins at U+2400
	case r == 0x7f:
		return "␡"
	case r == utf8.RuneError:
		return "�"
	default:
		return fmt.Sprintf("<U+%04X>", r)
	}
}
