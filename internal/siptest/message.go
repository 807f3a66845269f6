package siptest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Message is a SIP message as a Peer received it. It is read as text, by no parser that is under test.
type Message struct {
	Raw  string
	From netip.AddrPort
	At   time.Time
}

// StartLine is the first line.
func (m *Message) StartLine() string {
	line, _, _ := strings.Cut(m.Raw, "\r\n")
	return line
}

// Status is the status code of a response, and 0 for a request.
func (m *Message) Status() int {
	words := strings.Fields(m.StartLine())
	if len(words) < 2 || words[0] != "SIP/2.0" {
		return 0
	}
	status, _ := strconv.Atoi(words[1]) // none is 0
	return status
}

// Method is the method of a request, and that of the CSeq for a response.
func (m *Message) Method() string {
	if m.Status() == 0 {
		method, _, _ := strings.Cut(m.Raw, " ")
		return method
	}
	_, method, _ := strings.Cut(m.Header("CSeq"), " ")
	return method
}

// CSeq is the number of the CSeq.
func (m *Message) CSeq() int {
	number, _, _ := strings.Cut(m.Header("CSeq"), " ")
	n, _ := strconv.Atoi(number) // none is 0
	return n
}

// Header is the first value of a field, or "".
func (m *Message) Header(name string) string {
	for _, v := range m.Headers(name) {
		return v
	}
	return ""
}

// Headers are the values of a field, one for each line.
func (m *Message) Headers(name string) []string {
	head, _, _ := strings.Cut(m.Raw, "\r\n\r\n")
	var values []string
	for i, line := range strings.Split(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ":"); ok && i > 0 && strings.EqualFold(strings.TrimSpace(n), name) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

// Body is what follows the blank line.
func (m *Message) Body() string {
	_, body, _ := strings.Cut(m.Raw, "\r\n\r\n")
	return body
}

// Param is a parameter of the first value of a field, such as Param("To", "tag") or Param("Via", "branch"), or "".
func (m *Message) Param(field, name string) string {
	value := m.Header(field)
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i+1:]
	}
	for _, p := range strings.Split(value, ";")[1:] {
		if n, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// ContactURI is the URI of the Contact: the remote target of a dialog.
func (m *Message) ContactURI() string {
	value := m.Header("Contact")
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return uri
}

// String is the start line and the CSeq, for failures.
func (m *Message) String() string {
	return fmt.Sprintf("%s [CSeq %s] from %s", m.StartLine(), m.Header("CSeq"), m.From)
}

// Match says whether a message is the one waited for.
type Match func(*Message) bool

// Is matches a request by its method.
func Is(method string) Match {
	return func(m *Message) bool { return m.Status() == 0 && m.Method() == method }
}

// Status matches a response by its status and the method it answers; method "" is any.
func Status(status int, method string) Match {
	return func(m *Message) bool { return m.Status() == status && (method == "" || m.Method() == method) }
}

// Any matches everything.
func Any(*Message) bool { return true }
