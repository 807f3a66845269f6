package export

import (
	"strconv"
	"strings"
)

// message is a SIP message as text: its first line, its header fields in order, its body. It is read leniently, as an
// event holds what somebody else wrote, and perhaps not all of it.
type message struct {
	start  string
	fields []field
	body   string
	whole  bool // the empty line behind the header is there, so a body was recorded if there was one
}

// field is one header field, with its name written out (RFC 3261 section 7.3.3) and its value on one line.
type field struct {
	_           [0]func() // nobody compares it, and a phone need not carry the code for it
	name, value string
}

// compactNames are short and long names of header fields (RFC 3261 section 20, and the IANA registry).
const compactNames = " v Via f From t To i Call-ID m Contact c Content-Type l Content-Length k Supported x Session-Expires r Refer-To" +
	" b Referred-By o Event u Allow-Events s Subject e Content-Encoding "

func longName(name string) string {
	if len(name) != 1 {
		return name
	}
	_, rest, found := strings.Cut(compactNames, " "+strings.ToLower(name)+" ")
	if !found {
		return name
	}
	long, _, _ := strings.Cut(rest, " ")
	return long
}

// parseMessage reads what an event kept of a message.
func parseMessage(raw string) message {
	var m message
	head := raw
	for _, gap := range [...]string{"\r\n\r\n", "\n\n"} {
		if at := strings.Index(raw, gap); at >= 0 && at < len(head) {
			head, m.body, m.whole = raw[:at], raw[at+len(gap):], true
		}
	}
	for i, line := range strings.Split(strings.ReplaceAll(head, "\r\n", "\n"), "\n") {
		line = strings.ReplaceAll(line, "\r", " ")
		switch {
		case i == 0:
			m.start = line
		case line == "":
		case (line[0] == ' ' || line[0] == '\t') && len(m.fields) > 0:
			m.fields[len(m.fields)-1].value += " " + strings.TrimSpace(line)
		default:
			name, value, _ := strings.Cut(line, ":")
			m.fields = append(m.fields, field{name: longName(strings.TrimSpace(name)), value: strings.TrimSpace(value)})
		}
	}
	return m
}

// value is that of the first field of a name; found tells an empty one from none.
func (m message) value(name string) (value string, found bool) {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			return f.value, true
		}
	}
	return "", false
}

// add appends a field.
func (m *message) add(name, value string) {
	m.fields = append(m.fields, field{name: name, value: value})
}

// length is what Content-Length says, or -1.
func (m message) length() int {
	text, found := m.value("Content-Length")
	n, err := strconv.Atoi(text)
	if !found || err != nil || n < 0 {
		return -1
	}
	return n
}

// String writes the message with a Content-Length that is true.
func (m message) String() string {
	var b strings.Builder
	b.WriteString(m.start + "\r\n")
	told := false
	for _, f := range m.fields {
		value := f.value
		if strings.EqualFold(f.name, "Content-Length") {
			if told {
				continue
			}
			told, value = true, strconv.Itoa(len(m.body))
		}
		b.WriteString(f.name + ": " + value + "\r\n")
	}
	if !told {
		b.WriteString("Content-Length: " + strconv.Itoa(len(m.body)) + "\r\n")
	}
	b.WriteString("\r\n" + m.body)
	return b.String()
}

// address splits the value of From, To, Contact and their like: what stands before the URI, the URI, and the parameters
// behind it (RFC 3261 section 20.10: without brackets all parameters are the header field's).
func address(value string) (display, uri, params string) {
	open := unquoted(value, '<')
	if open < 0 {
		uri, params, _ = strings.Cut(value, ";")
		if params != "" {
			params = ";" + params
		}
		return "", strings.TrimSpace(uri), params
	}
	uri, params, _ = strings.Cut(value[open+1:], ">")
	return strings.TrimSpace(value[:open]), uri, params
}

// unquoted finds a byte outside of quoted strings, or gives -1.
func unquoted(s string, c byte) int {
	inside := false
	for i := 0; i < len(s); i++ {
		switch {
		case inside && s[i] == '\\':
			i++
		case s[i] == '"':
			inside = !inside
		case s[i] == c && !inside:
			return i
		}
	}
	return -1
}

// split cuts at a byte that stands neither in quotes nor in brackets.
func split(s string, sep byte) []string {
	var parts []string
	inside, depth, start := false, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside:
		case c == '<':
			depth++
		case c == '>':
			depth = max(depth-1, 0)
		case c == sep && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// param is the value of a parameter among ";a=b;c".
func param(params, name string) string {
	for _, p := range split(params, ';') {
		key, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}
