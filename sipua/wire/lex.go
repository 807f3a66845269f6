package wire

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

const blanks = " \t"

// isToken says whether s is a token of RFC 3261 25.1.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-.!%*_+`'~", c) >= 0
}

// indexOutside finds the first byte of any that is neither within a quoted string nor, if brackets, within <>.
// It returns len(s) when there is none, and -1 when a quote or bracket is never closed.
func indexOutside(s, anyOf string, brackets bool) int {
	quoted, angle := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case quoted:
			quoted = c != '"'
		case c == '"' && !angle:
			quoted = true
		case brackets && c == '<':
			angle = true
		case brackets && c == '>':
			angle = false
		case !angle && strings.IndexByte(anyOf, c) >= 0:
			return i
		}
	}
	if quoted || angle {
		return -1
	}
	return len(s)
}

// splitList splits a header value at the commas of its grammar. Nothing is returned for an element that is empty or
// a quote that is never closed.
func splitList(s string) ([]string, bool) {
	var list []string
	for {
		end := indexOutside(s, ",", true)
		if end < 0 {
			return nil, false
		}
		element := strings.Trim(s[:end], blanks)
		if element == "" {
			return nil, false
		}
		list = append(list, element)
		if end == len(s) {
			return list, true
		}
		s = s[end+1:]
	}
}

// lowered are the header parameters that code looks for: RFC 3261 7.3.1 makes their names case-insensitive, and
// sip.HeaderParams does not.
var lowered = map[string]bool{
	"tag": true, "branch": true, "received": true, "rport": true, "maddr": true, "ttl": true, "q": true, "expires": true,
}

// readParams reads ";name=value;name ..." up to the end of s. A quoted value keeps its quotes, unless it contains a
// blank: then the serializer of sip adds them again.
func readParams(s string) (sip.HeaderParams, bool) {
	var params sip.HeaderParams
	for s != "" {
		if s[0] != ';' {
			return nil, false
		}
		s = s[1:]
		end := indexOutside(s, ";", false)
		if end < 0 {
			return nil, false
		}
		name, value, hasValue := strings.Cut(s[:end], "=")
		s = s[end:]
		name, value = strings.Trim(name, blanks), strings.Trim(value, blanks)
		if !isToken(name) {
			return nil, false
		}
		if lower := strings.ToLower(name); lowered[lower] {
			name = lower
		}
		if hasValue && !readableValue(value) {
			return nil, false
		}
		if len(value) > 1 && value[0] == '"' && strings.ContainsAny(value, blanks) {
			value = value[1 : len(value)-1]
		}
		params = append(params, sip.HeaderKV{K: name, V: value})
	}
	return params, true
}

// readableValue says whether s is a quoted string, or without blanks.
func readableValue(s string) bool {
	if strings.HasPrefix(s, `"`) {
		return isQuoted(s)
	}
	return s != "" && !strings.ContainsAny(s, blanks+`"<>`)
}

// isQuoted says whether s is one quoted string and nothing else.
func isQuoted(s string) bool {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i == len(s)-1
		}
	}
	return false
}
