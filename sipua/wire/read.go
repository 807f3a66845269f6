package wire

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// reader makes messages of bytes. It is safe for concurrent use.
type reader struct {
	parser *sip.Parser
	limits Limits
}

func newReader(limits Limits) *reader { return &reader{parser: newParser(limits), limits: limits} }

// plain reads with the limits that Options has by default.
var plain = sync.OnceValue(func() *reader { return newReader(Limits{}.withDefaults()) })

// Read makes a message of one datagram as an Endpoint does, with its fault if it has one. It is how the layers above are
// tested with what really reaches them.
func Read(raw []byte) (sip.Message, *Fault, error) { return plain().read(raw) }

// refusal says why bytes did not become a message: one of the Refused constants, and the detail for the log.
type refusal struct {
	reason string
	err    error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.reason, r.err) }
func (r *refusal) Unwrap() error { return r.err }

func refuse(reason, detail string) *refusal { return &refusal{reason, errors.New(detail)} }

// read makes a message of one datagram, or of one frame of a stream. Whatever can be answered is a message, with its
// fault if it has one.
func (r *reader) read(raw []byte) (msg sip.Message, fault *Fault, err error) {
	defer func() {
		if p := recover(); p != nil {
			msg, fault, err = nil, nil, &refusal{RefusedParser, fmt.Errorf("parser panic: %v", p)}
		}
	}()
	if err := r.precheck(raw); err != nil {
		return nil, nil, err
	}
	msg, fault, err = r.parse(raw)
	if err != nil {
		return nil, nil, err
	}
	msg = spread(msg)
	fault = cmp.Or(fault, inspect(msg, raw))
	switch msg := msg.(type) {
	case *sip.Response:
		if fault != nil {
			return nil, nil, refuse(RefusedMalformed, fault.Reason)
		}
		if countVia(msg) > 1 { // RFC 3261 8.1.3.3
			return nil, nil, refuse(RefusedMisrouted, "more than one Via in a response")
		}
	case *sip.Request:
		if countVia(msg) == 0 { // nobody could tell what our answer is an answer to
			return nil, nil, refuse(RefusedMalformed, "no Via")
		}
	}
	return msg, fault, nil
}

// precheck is what costs little: junk, and sizes.
func (r *reader) precheck(raw []byte) *refusal {
	if isJunk(raw) {
		return refuse(RefusedJunk, "not a SIP message")
	}
	if len(raw) > r.limits.Message {
		return refuse(RefusedOversized, "message too long")
	}
	header := bytes.Index(raw, blankLine)
	switch {
	case header > r.limits.Header, header < 0 && len(raw) > r.limits.Header:
		return refuse(RefusedOversized, "header too long")
	case header < 0 && !bytes.Contains(raw, sipSlash):
		return refuse(RefusedJunk, "not a SIP message")
	case header < 0:
		return refuse(RefusedTruncated, "header without an end")
	case hasNUL(raw[:header]):
		return refuse(RefusedJunk, "NUL in the header")
	case bytes.Count(raw[:header], crlf) > r.limits.HeaderFields:
		return refuse(RefusedOversized, "too many header fields")
	}
	return nil
}

// parse runs the parser, and again on what can be read of a message when it cannot read the one that came.
func (r *reader) parse(raw []byte) (sip.Message, *Fault, error) {
	msg, _, err := r.parser.Parse(raw, false)
	var fault *Fault
	if err != nil && msg == nil {
		var ok bool
		if raw, fault, ok = mendStartLine(raw); !ok {
			return nil, nil, &refusal{RefusedMalformed, err}
		}
		msg, _, err = r.parser.Parse(raw, false)
	}
	if unframed(err) { // RFC 3261 18.3: the datagram ends before the body does
		return msg, cmp.Or(fault, badRequest("Content-Length Beyond The Message")), nil
	}
	if err != nil {
		fault = cmp.Or(fault, badRequest("Malformed Header Field"))
		if msg, _, err = r.parser.Parse(dropUnreadable(raw), false); err != nil && !unframed(err) {
			return nil, nil, &refusal{RefusedMalformed, err}
		}
	}
	return msg, fault, nil
}

func unframed(err error) bool {
	return errors.Is(err, sip.ErrParseReadBodyIncomplete) || errors.Is(err, sip.ErrMessageTooLarge)
}

// unreadable stands in for a Request-URI that cannot be read, so that the rest of the request can be and the refusal
// finds its Via.
const unreadable = "sip:unreadable.invalid"

// mendStartLine gives a message a start line that can be read: a request with a broken Request-Line is to be answered
// (RFC 4475 3.1.2.7 to 3.1.2.10), a response without reason phrase may lack the blank before it.
func mendStartLine(raw []byte) ([]byte, *Fault, bool) {
	line, rest, _ := bytes.Cut(raw, crlf)
	if isResponse(line) {
		if bytes.Count(line, []byte(" ")) != 1 {
			return nil, nil, false
		}
		return bytes.Join([][]byte{line, []byte(" \r\n"), rest}, nil), nil, true
	}
	words := strings.Fields(string(line))
	if len(words) < 2 || !isToken(words[0]) || !isResponse([]byte(words[len(words)-1])) {
		return nil, nil, false
	}
	fault := badRequest("Malformed Request-Line")
	if len(words) == 3 {
		fault = cmp.Or(schemeFault(words[1]), fault)
	}
	start := words[0] + " " + unreadable + " SIP/2.0\r\n"
	return append([]byte(start), rest...), fault, true
}

// dropUnreadable leaves out the lines that are neither a field nor go on with one, or that hold a lone CR.
func dropUnreadable(raw []byte) []byte {
	line, rest, _ := bytes.Cut(raw, crlf)
	kept := append(bytes.Clone(line), crlf...)
	for {
		line, after, found := bytes.Cut(rest, crlf)
		if !found || len(line) == 0 {
			return append(kept, rest...)
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if bytes.IndexByte(line, '\r') < 0 && (folded || bytes.IndexByte(line, ':') > 0) {
			kept = append(append(kept, line...), crlf...)
		}
		rest = after
	}
}

// spread puts every value of a field with several into a header of its own.
func spread(msg sip.Message) sip.Message {
	headers := headersOf(msg)
	if !slices.ContainsFunc(headers, func(h sip.Header) bool { _, ok := h.(list); return ok }) {
		return msg
	}
	var out sip.Message
	switch m := msg.(type) {
	case *sip.Request:
		req := sip.NewRequest(m.Method, m.Recipient)
		req.SipVersion = m.SipVersion
		out = req
	case *sip.Response:
		res := sip.NewResponse(m.StatusCode, m.Reason)
		res.SipVersion = m.SipVersion
		out = res
	}
	for _, h := range headers {
		values, ok := h.(list)
		if !ok {
			out.AppendHeader(h)
			continue
		}
		out.AppendHeader(values.Header)
		for _, value := range values.rest {
			out.AppendHeader(value)
		}
	}
	if body := msg.Body(); len(body) > 0 {
		out.SetBody(body)
	}
	return out
}

func countVia(msg sip.Message) int {
	n := 0
	for _, h := range headersOf(msg) {
		if h.Name() == "Via" {
			n++
		}
	}
	return n
}

func headersOf(msg sip.Message) []sip.Header {
	switch m := msg.(type) {
	case *sip.Request:
		return m.Headers()
	case *sip.Response:
		return m.Headers()
	}
	return nil
}
