package message

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

const defaultPort = 5060 // of UDP and TCP (RFC 3261 section 18.2.2)

// Via is the top Via of a request of ours (RFC 3261 section 8.1.1.7) with rport (RFC 3581 section 3), and over TLS with the
// wish that requests to us come back over the connection (RFC 5923 section 8.1). The token makes the branch unique.
func Via(transport string, local netip.AddrPort, token string) *sip.ViaHeader {
	via := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(transport),
		Host: local.Addr().WithZone("").String(), Port: int(local.Port()),
		Params: sip.HeaderParams{{K: "branch", V: sip.RFC3261BranchMagicCookie + token}, {K: "rport"}},
	}
	if transport == "tls" {
		via.Params = append(via.Params, sip.HeaderKV{K: "alias"})
	}
	return via
}

// Branch is the branch of the top Via, "" when there is none.
func Branch(m sip.Message) string {
	via := m.Via()
	if via == nil {
		return ""
	}
	branch, _ := via.Params.Get("branch")
	return branch
}

// Passed counts the Via values of a request that an agent at an address has written.
func Passed(req *sip.Request, local netip.AddrPort) int {
	n := 0
	for _, h := range req.GetHeaders("Via") {
		via, ok := h.(*sip.ViaHeader)
		if !ok {
			continue
		}
		host, err := netip.ParseAddr(strings.Trim(via.Host, "[]"))
		port := via.Port
		if port == 0 {
			port = defaultPort
		}
		if err == nil && netip.AddrPortFrom(host.Unmap(), uint16(port)) == local {
			n++
		}
	}
	return n
}

// Contact is where this side is reached inside the dialog (RFC 3261 section 8.1.1.8).
func Contact(user, transport string, local netip.AddrPort) *sip.ContactHeader {
	uri := sip.Uri{Scheme: "sip", User: user, Host: local.Addr().WithZone("").String(), Port: int(local.Port())}
	if transport != "udp" {
		uri.UriParams = sip.HeaderParams{{K: "transport", V: transport}}
	}
	return &sip.ContactHeader{Address: uri}
}

// Secured makes the Contact of a request, or of the response to one, a sips URI where the request demands it: in its
// Request-URI, in the next or last hop, or in the Contact of the peer (RFC 3261 sections 8.1.1.8, 12.1.1).
func Secured(req *sip.Request, own *sip.ContactHeader) *sip.ContactHeader {
	secure := req.Recipient.Scheme == "sips"
	if route := req.Route(); route != nil {
		secure = secure || route.Address.Scheme == "sips"
	}
	if recorded := req.RecordRoute(); recorded != nil {
		secure = secure || recorded.Address.Scheme == "sips"
	} else if peer := req.Contact(); peer != nil {
		secure = secure || peer.Address.Scheme == "sips"
	}
	if secure {
		own.Address.Scheme, own.Address.UriParams = "sips", nil
	}
	return own
}
