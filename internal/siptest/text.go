package siptest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Request is a request to be sent. Fields that are empty get a value that works.
type Request struct {
	Method  string // INVITE
	URI     string // sip:peer@HOST of To
	From    string // <sip:peer@LOCAL>;tag=peer
	To      string // <URI>
	CallID  string // one that no other request has
	CSeq    int    // 1
	Branch  string // one that no other request has
	Contact string // <sip:peer@LOCAL>; "-" for none
	Headers []string
	Body    string // of type application/sdp, unless Headers name another
}

// Reply is a response to be sent. Peer.Reply copies the rest from the request.
type Reply struct {
	Status  int
	Reason  string
	ToTag   string // put on To unless the request had one; "-" for none
	Contact string // <sip:peer@LOCAL> for 1xx above 100 and 2xx; "-" for none
	Headers []string
	Body    string // of type application/sdp
}

// Text joins a start line, fields and a body into a message, with the Content-Length that is right, or the one that is
// among the fields.
func Text(start string, fields []string, body string) string {
	var b strings.Builder
	b.WriteString(start + "\r\n")
	length := true
	for _, f := range fields {
		length = length && !strings.HasPrefix(strings.ToLower(f), "content-length")
		b.WriteString(f + "\r\n")
	}
	if length {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// SDP is an offer or answer of one audio stream with PCMU, PCMA and telephone events, and any further lines.
func SDP(addr netip.Addr, port int, lines ...string) string {
	family := "IP4"
	if addr.Is6() {
		family = "IP6"
	}
	all := append([]string{
		"v=0",
		fmt.Sprintf("o=- 1 1 IN %s %s", family, addr),
		"s=-",
		fmt.Sprintf("c=IN %s %s", family, addr),
		"t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP 0 8 101", port),
		"a=rtpmap:0 PCMU/8000",
		"a=rtpmap:8 PCMA/8000",
		"a=rtpmap:101 telephone-event/8000",
	}, lines...)
	return strings.Join(all, "\r\n") + "\r\n"
}

func typed(fields []string, body string) []string {
	named := slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(strings.ToLower(f), "content-type") })
	if body != "" && !named {
		fields = append(fields, "Content-Type: application/sdp")
	}
	return fields
}
