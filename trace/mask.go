package trace

import (
	"fmt"
	"slices"
	"strings"
)

// Capture says how much of a SIP message an event keeps.
type Capture string

// The capture levels.
const (
	CaptureFull    Capture = "full"    // the message as it crossed the wire, but for what is masked
	CaptureHeaders Capture = "headers" // start line and header fields
	CaptureNone    Capture = "none"    // only what the event's own fields say
)

// ParseCapture reads a capture level.
func ParseCapture(s string) (Capture, error) {
	switch c := Capture(s); c {
	case CaptureFull, CaptureHeaders, CaptureNone:
		return c, nil
	}
	return "", fmt.Errorf("capture %q: want full, headers or none", s)
}

// Mask says what personal data is made unreadable. Credentials always are.
type Mask struct {
	// Digits masks what was keyed: device.key, dtmf.*, and DTMF in the body of a SIP message. The key of a flow.choice
	// stays: it names a branch of our own menu, which the choice's target tells as well.
	Digits bool
	// Numbers masks telephone numbers but for their last two digits: in parties, and in SIP messages in URIs, display
	// names and SDP. The device's own account and line stay, and so does whatever identifies a message or a dialog.
	Numbers bool
}

// Masked stands for each digit that was masked. It is no digit, no DTMF key, and one byte, so that the length of what
// was masked, and with it a message's Content-Length, stay true.
const Masked = 'x'

// Redact returns the event with what may not be kept taken out of it. Redacting again changes nothing.
func Redact(e Event, c Capture, m Mask) Event {
	switch d := e.Data.(type) {
	case SIP:
		d.Raw = redactMessage(d.Raw, c, m)
		e.Data = d
	case Initiated:
		d.From, d.To = m.party(d.From), m.party(d.To)
		d.Diverted = slices.Clone(d.Diverted) // payloads may be shared
		for i, v := range d.Diverted {
			p := m.party(Party{URI: v.URI, Name: v.Name})
			d.Diverted[i] = Diversion{URI: p.URI, Name: p.Name, Reason: v.Reason}
		}
		e.Data = d
	case Alerting:
		d.Who = m.address(d.Who)
		e.Data = d
	case Answered:
		d.Who = m.address(d.Who)
		e.Data = d
	case Forward:
		d.To = m.party(d.To)
		if d.By != nil {
			by := m.party(*d.By) // payloads may be shared
			d.By = &by
		}
		e.Data = d
	case Transfer:
		d.To = m.party(d.To)
		e.Data = d
	case Choice:
		d.Target = m.address(d.Target)
		e.Data = d
	case Ring:
		d.Seats = slices.Clone(d.Seats) // payloads may be shared
		for i, seat := range d.Seats {
			d.Seats[i] = m.address(seat)
		}
		e.Data = d
	case Blocked:
		d.Number = m.address(d.Number)
		e.Data = d
	case Key:
		d.Keys = m.keys(d.Keys)
		e.Data = d
	case DTMF:
		d.Digits = m.keys(d.Digits)
		e.Data = d
	}
	return e
}

func (m Mask) party(p Party) Party {
	return Party{URI: m.address(p.URI), Name: m.number(p.Name)}
}

// address masks a URI, or a number that stands alone.
func (m Mask) address(s string) string {
	if out := m.uris(s); out != s {
		return out
	}
	return m.number(s)
}

// keys masks what was keyed. A key that has a name, like "redial", keeps it.
func (m Mask) keys(s string) string {
	if !m.Digits {
		return s
	}
	masked := "0123456789*#"
	if strings.Trim(s, "0123456789*#ABCDabcd") == "" {
		masked += "ABCDabcd"
	}
	return maskAny(s, masked)
}

// maskAny masks each byte of s that is one of chars.
func maskAny(s, chars string) string {
	if !strings.ContainsAny(s, chars) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if strings.IndexByte(chars, c) >= 0 {
			b[i] = Masked
		}
	}
	return string(b)
}

// number masks s but for its last two digits when it looks like a telephone number (RFC 3966: digits and visual
// separators), else it returns it.
func (m Mask) number(s string) string {
	if !m.Numbers || !looksLikeNumber(s) {
		return s
	}
	b := []byte(s)
	kept := 0
	for i := len(b) - 1; i >= 0; i-- {
		if i >= 2 && b[i-2] == '%' { // an escaped character, mostly the plus
			i -= 2
			continue
		}
		if b[i] < '0' || b[i] > '9' {
			continue
		}
		if kept++; kept > 2 {
			b[i] = Masked
		}
	}
	return string(b)
}

func looksLikeNumber(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c == Masked:
			digits++
		case c == '%' && i+2 < len(s):
			i += 2
		case strings.IndexByte("+-.()*# ", c) < 0:
			return false
		}
	}
	return digits > 2
}
