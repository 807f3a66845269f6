package transfer

import (
	"errors"
	"strings"
)

// Replaces names the dialog that an INVITE takes the place of (RFC 3891 section 6.1). The tags are as its receiver sees
// them: ToTag is the receiver's own.
type Replaces struct {
	CallID    string
	ToTag     string
	FromTag   string
	EarlyOnly bool
}

var errReplaces = errors.New("a Replaces header field names no dialog")

// ParseReplaces reads the value of a Replaces header field.
func ParseReplaces(value string) (Replaces, error) {
	parts := strings.Split(value, ";")
	r := Replaces{CallID: strings.TrimSpace(parts[0])}
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		field := &r.ToTag
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
		case "from-tag":
			field = &r.FromTag
		case "early-only":
			r.EarlyOnly = true
			continue
		default:
			continue
		}
		if *field != "" {
			return Replaces{}, errReplaces
		}
		*field = v
	}
	if !isWord(r.CallID) || !isWord(r.ToTag) || !isWord(r.FromTag) {
		return Replaces{}, errReplaces
	}
	return r, nil
}

// isWord tells whether a value can stand in a header field as it is.
func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`,;="`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// String is the value of the header field.
func (r Replaces) String() string {
	s := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.EarlyOnly {
		s += ";early-only"
	}
	return s
}
