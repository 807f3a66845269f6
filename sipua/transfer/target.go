package transfer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Target is whom a transferred party is to call: what a Refer-To header field says (RFC 3515 section 2.1).
type Target struct {
	URI      sip.Uri   // without header fields and method
	Replaces *Replaces // the dialog that the call takes the place of (RFC 3891 section 7.1)
}

// The ways in which a Refer-To is of no use.
var (
	ErrScheme = errors.New("the Refer-To is no SIP URI")
	ErrMethod = errors.New("the Refer-To asks for something else than a call")
	errTarget = errors.New("the Refer-To cannot be read")
)

// ParseTarget reads the value of a Refer-To header field. Of the header fields in its URI only Replaces is taken: any other
// would have this side say what the referrer wants it to (RFC 3261 section 19.1.5).
func ParseTarget(value string) (Target, error) {
	uri, err := addressOf(value)
	if err != nil {
		return Target{}, err
	}
	scheme, _, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return Target{}, ErrScheme
	}
	var t Target
	uri, fields, _ := strings.Cut(uri, "?")
	if err := sip.ParseUri(uri, &t.URI); err != nil || t.URI.Host == "" || t.URI.Wildcard {
		return Target{}, errTarget
	}
	if method, ok := t.URI.UriParams.Get("method"); ok && method != string(sip.INVITE) {
		return Target{}, ErrMethod
	}
	t.URI.UriParams.Remove("method")
	t.URI.Headers = nil
	if t.Replaces, err = replacesOf(fields); err != nil {
		return Target{}, err
	}
	return t, nil
}

// addressOf is the URI of a name-addr or addr-spec (RFC 3261 section 25.1). Without brackets, parameters belong to the
// header field.
func addressOf(value string) (string, error) {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, `"`) {
		end := closingQuote(value)
		if end < 0 {
			return "", errTarget
		}
		value = value[end+1:]
	}
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, closed := strings.Cut(rest, ">")
		if !closed {
			return "", errTarget
		}
		return plainURI(uri)
	}
	uri, _, _ := strings.Cut(value, ";")
	return plainURI(strings.TrimSpace(uri))
}

func plainURI(uri string) (string, error) {
	for i := range len(uri) {
		if uri[i] <= ' ' || uri[i] >= 0x7f || strings.IndexByte(`<>"`, uri[i]) >= 0 {
			return "", errTarget
		}
	}
	return uri, nil
}

// closingQuote is where the quoted-string that the text begins with ends, -1 when it does not.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// replacesOf finds Replaces among the header fields of a URI.
func replacesOf(fields string) (*Replaces, error) {
	var found *Replaces
	for field := range strings.SplitSeq(fields, "&") {
		name, value, _ := strings.Cut(field, "=")
		if !strings.EqualFold(unescape(name), "Replaces") {
			continue
		}
		r, err := ParseReplaces(unescape(value))
		if err != nil {
			return nil, err
		}
		if found != nil {
			return nil, errReplaces
		}
		found = &r
	}
	return found, nil
}

// String is the value of a Refer-To header field, with Replaces escaped in the URI.
func (t Target) String() string {
	uri := *t.URI.Clone()
	uri.Headers = nil
	s := uri.String()
	if t.Replaces != nil {
		s += "?Replaces=" + escape(t.Replaces.String())
	}
	return "<" + s + ">"
}

// escape writes a header value into a URI (RFC 3261 section 25.1, hvalue).
func escape(s string) string {
	const plain = "[]/?:+$-_.!~*'()"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unescape is the opposite. A % that begins no escape stands for itself.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(hexOf(s[i+1])<<4 | hexOf(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isHex(c byte) bool { return hexOf(c) < 16 }

// hexOf is the value of a hexadecimal digit, 16 for anything else.
func hexOf(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
