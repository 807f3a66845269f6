package wire

import (
	"bytes"
	"strings"
)

var (
	crlf      = []byte("\r\n")
	blankLine = []byte("\r\n\r\n")
	sipSlash  = []byte("SIP/")
)

// isResponse says whether a message begins like a response.
func isResponse(raw []byte) bool {
	return len(raw) >= len(sipSlash) && bytes.EqualFold(raw[:len(sipSlash)], sipSlash)
}

// isJunk is the cheap look before the parser: the first line must be a Request-Line or a Status-Line at a glance.
// The line need not be complete yet; what is there must not rule it out.
func isJunk(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	if !isTokenByte(data[0]) {
		return true
	}
	line, _, complete := bytes.Cut(data, crlf)
	if bytes.IndexByte(line, 0) >= 0 {
		return true
	}
	if isResponse(line) || !complete {
		return false
	}
	line = bytes.TrimRight(line, blanks)
	last := bytes.LastIndexByte(line, ' ')
	return last < 0 || !isResponse(line[last+1:])
}

// hasNUL says whether there is a NUL that no backslash quotes: as a quoted-pair it is legal (RFC 3261 25.1).
func hasNUL(data []byte) bool {
	for i := bytes.IndexByte(data, 0); i >= 0; {
		if i == 0 || data[i-1] != '\\' {
			return true
		}
		next := bytes.IndexByte(data[i+1:], 0)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// eachField calls yield with the fields of a message, unfolded (RFC 3261 7.3.1), until it returns false.
func eachField(raw []byte, yield func(name, value string) bool) {
	_, rest, _ := bytes.Cut(raw, crlf)
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, crlf)
		if len(line) == 0 {
			return
		}
		text := string(line)
		for len(after) > 0 && (after[0] == ' ' || after[0] == '\t') {
			line, after, _ = bytes.Cut(after, crlf)
			text = strings.TrimRight(text, blanks) + " " + strings.Trim(string(line), blanks)
		}
		rest = after
		name, value, ok := strings.Cut(text, ":")
		if ok && !yield(strings.Trim(name, blanks), strings.Trim(value, blanks)) {
			return
		}
	}
}
