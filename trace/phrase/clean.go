package phrase

import (
	"strings"
	"unicode"
)

// maxForeign bounds a text that somebody else chose, in runes.
const maxForeign = 60

// Clean makes a text that came over the wire fit to stand in a sentence: no control characters (a terminal would obey
// them), no marks that turn the direction of writing, one line, bounded.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	runes, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == unicode.ReplacementChar || !unicode.IsGraphic(r):
			continue
		}
		if runes >= maxForeign {
			b.WriteRune('…')
			break
		}
		if space && runes > 0 {
			b.WriteByte(' ')
			runes++
		}
		space = false
		b.WriteRune(r)
		runes++
	}
	return b.String()
}

// User is the user part of a SIP or tel URI, else the host, else the text itself, without parameters and brackets.
func User(uri string) string {
	s := strings.Trim(strings.TrimSpace(uri), "<>")
	if scheme, rest, ok := strings.Cut(s, ":"); ok {
		switch strings.ToLower(scheme) {
		case "sip", "sips", "tel":
			s = rest
		}
	}
	if user, _, ok := strings.Cut(s, "@"); ok {
		s = user
		s, _, _ = strings.Cut(s, ":") // a password, which has no place here
	}
	s, _, _ = strings.Cut(s, ";")
	s, _, _ = strings.Cut(s, "?")
	return Clean(s)
}

// isClean knows most texts that need no change: printable ASCII without a space.
func isClean(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= maxForeign
}
