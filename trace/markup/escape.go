package markup

import (
	"strings"
	"unicode/utf8"
)

// escape appends a text in a form that HTML and XML 1.0 read as that text, between tags and in quoted attributes. What XML
// does not allow is left out, and what is no character becomes U+FFFD.
func escape(out []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '&':
			out = append(out, "&amp;"...)
		case r == '<':
			out = append(out, "&lt;"...)
		case r == '>':
			out = append(out, "&gt;"...)
		case r == '"':
			out = append(out, "&#34;"...)
		case r == '\'':
			out = append(out, "&#39;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// Local tells whether an address stays on this site: a path from its root, or a place on the same page. "//host" and
// "/\host" do not, nor does what begins with a scheme.
func Local(address string) bool {
	if strings.HasPrefix(address, "#") {
		return true
	}
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		return false
	}
	// Browsers take a backslash for a slash, and drop tabs and line ends, before they read an address.
	return !strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f })
}
