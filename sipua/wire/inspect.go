package wire

import (
	"bytes"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

func badRequest(reason string) *Fault { return &Fault{sip.StatusBadRequest, reason} }

// required are the fields that a message must have once and no more (RFC 3261 8.1.1); Via may repeat. Max-Forwards
// may be missing, as it is in RFC 2543, and so may Content-Length.
var required = [...]string{"From", "To", "Call-ID", "CSeq"}

// inspect finds what the parser lets through and RFC 3261 does not (RFC 4475). The first fault counts.
func inspect(msg sip.Message, raw []byte) *Fault {
	switch m := msg.(type) {
	case *sip.Request:
		if fault := inspectRequestLine(m, raw); fault != nil {
			return fault
		}
		if fault := inspectFields(m); fault != nil {
			return fault
		}
		return inspectRequest(m)
	case *sip.Response:
		if !strings.EqualFold(m.SipVersion, "SIP/2.0") {
			return &Fault{sip.StatusVersionNotSupported, "Version Not Supported"}
		}
		if m.StatusCode < 100 || m.StatusCode > 699 {
			return badRequest("Status Code Out Of Range")
		}
		if via := m.Via(); via == nil {
			return badRequest("Missing Via")
		}
		return inspectFields(m)
	}
	return nil
}

// inspectRequestLine looks at the line itself: the parser puts the method in upper case, though RFC 3261 7.1 makes
// its case count, and reads nearly anything as a URI.
func inspectRequestLine(req *sip.Request, raw []byte) *Fault {
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") {
		return &Fault{sip.StatusVersionNotSupported, "Version Not Supported"}
	}
	line, _, _ := bytes.Cut(raw, crlf)
	words := strings.Split(string(line), " ")
	if len(words) != 3 || !isToken(words[0]) {
		return badRequest("Malformed Request-Line")
	}
	req.Method = sip.RequestMethod(words[0])
	if fault := schemeFault(words[1]); fault != nil {
		return fault
	}
	var uri sip.Uri
	if !readURI(words[1], &uri) {
		return badRequest("Malformed Request-URI")
	}
	if len(uri.Headers) > 0 { // RFC 3261 19.1.5, RFC 4475 3.1.2.11
		return badRequest("Header Fields In Request-URI")
	}
	req.Recipient = uri
	return nil
}

// schemeFault refuses the URI schemes that a telephone cannot call.
func schemeFault(uri string) *Fault {
	scheme, _, ok := strings.Cut(uri, ":")
	if !ok || !isScheme(scheme) {
		return nil
	}
	switch strings.ToLower(scheme) {
	case "sip", "sips", "tel":
		return nil
	}
	return &Fault{416, "Unsupported URI Scheme"} // RFC 3261 21.4.14
}

// inspectFields finds fields that cannot be read, are missing, or are there more than once.
func inspectFields(msg sip.Message) *Fault {
	var seen [len(required)]int // by the index of required
	var length *sip.ContentLengthHeader
	hops := 0
	for _, h := range headersOf(msg) {
		name := h.Name()
		if name == "Max-Forwards" {
			hops++
			continue // one that cannot be read counts as absent (RFC 4475 3.1.2.4)
		}
		if _, ok := h.(broken); ok {
			return badRequest("Malformed " + name)
		}
		if l, ok := h.(*sip.ContentLengthHeader); ok {
			if length != nil && *length != *l { // RFC 4475 3.3.9
				return badRequest("Conflicting Content-Length")
			}
			length = l
		}
		if i := slices.Index(required[:], name); i >= 0 {
			seen[i]++
		}
	}
	for i, name := range required {
		switch {
		case seen[i] == 0:
			return badRequest("Missing " + name)
		case seen[i] > 1:
			return badRequest("More Than One " + name)
		}
	}
	if hops > 1 {
		return badRequest("More Than One Max-Forwards")
	}
	return nil
}

// methods are those that IANA lists for SIP.
var methods = []sip.RequestMethod{
	sip.INVITE, sip.ACK, sip.BYE, sip.CANCEL, sip.OPTIONS, sip.REGISTER, sip.PRACK, sip.SUBSCRIBE, sip.NOTIFY,
	sip.PUBLISH, sip.INFO, sip.REFER, sip.MESSAGE, sip.UPDATE,
}

// inspectRequest compares fields that are sound each by itself.
func inspectRequest(req *sip.Request) *Fault {
	if cseq := req.CSeq(); cseq.MethodName != req.Method {
		if !slices.Contains(methods, req.Method) { // RFC 4475 3.1.2.18
			return &Fault{sip.StatusNotImplemented, "Not Implemented"}
		}
		return badRequest("CSeq Method Does Not Match")
	}
	via := req.Via()
	if via == nil {
		return badRequest("Malformed Via")
	}
	if via.Params.GetOr("branch", "") == sip.RFC3261BranchMagicCookie { // RFC 4475 3.2.1
		return badRequest("Missing Transaction Identifier")
	}
	return nil
}
