package transfer

import (
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
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
	if t.URI, err = readURI(uri); err != nil {
		return Target{}, err
	}
	if method, ok := t.URI.UriParams.Get("method"); ok && method != string(sip.INVITE) {
		return Target{}, ErrMethod
	}
	t.URI.UriParams.Remove("method")
	t.URI.Headers = nil
	if again, err := readURI(t.URI.String()); err != nil || again.String() != t.URI.String() {
		return Target{}, errTarget // the parser takes what it cannot write
	}
	if t.Replaces, err = replacesOf(fields); err != nil {
		return Target{}, err
	}
	return t, nil
}

// readURI reads a SIP URI of one host.
func readURI(s string) (sip.Uri, error) {
	var uri sip.Uri
	if err := sip.ParseUri(s, &uri); err != nil || uri.Host == "" || strings.Contains(uri.Host, "@") || uri.Wildcard ||
		strings.Contains(uri.User+uri.Password, ":") { // what separates them is in neither (RFC 3261 section 25.1, userinfo)
		return sip.Uri{}, errTarget
	}
	return uri, nil
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
		if !strings.EqualFold(message.Unescape(name), "Replaces") {
			continue
		}
		r, err := ParseReplaces(message.Unescape(value))
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
		s += "?Replaces=" + message.Escape(t.Replaces.String())
	}
	return "<" + s + ">"
}
