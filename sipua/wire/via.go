package wire

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The ports of a Via that names none (RFC 3261 18.1.1).
const (
	defaultPort       = 5060 // UDP and TCP
	defaultSecurePort = 5061 // TLS
)

// readVia reads one value of a Via, blanks around its slashes included (RFC 3261 20.42, RFC 4475 3.1.1.1).
func readVia(text string) (sip.Header, bool) {
	via := &sip.ViaHeader{}
	for _, part := range []*string{&via.ProtocolName, &via.ProtocolVersion} {
		value, rest, ok := strings.Cut(text, "/")
		*part = strings.Trim(value, blanks)
		if !ok || !isToken(*part) {
			return nil, false
		}
		text = rest
	}
	text = strings.TrimLeft(text, blanks)
	end := strings.IndexAny(text, blanks)
	if end < 0 || !isToken(text[:end]) {
		return nil, false
	}
	via.Transport, text = text[:end], strings.TrimLeft(text[end:], blanks)
	end = strings.IndexByte(text, ';')
	if end < 0 {
		end = len(text)
	}
	var ok bool
	if via.Host, via.Port, ok = readSentBy(strings.Trim(text[:end], blanks)); !ok {
		return nil, false
	}
	via.Params, ok = readParams(text[end:])
	return via, ok
}

// readSentBy reads host[:port]; an IPv6 address loses its brackets where sip puts them back: not around one that holds an IPv4
// address.
func readSentBy(s string) (host string, port int, ok bool) {
	host, text, hasPort := strings.Cut(s, ":")
	host = strings.Trim(host, blanks)
	if strings.HasPrefix(s, "[") {
		var rest string
		if host, rest, ok = strings.Cut(s[1:], "]"); !ok {
			return "", 0, false
		}
		if host, ok = readIPv6(host); !ok {
			return "", 0, false
		}
		if addr, _ := netip.ParseAddr(host); addr.Is4In6() || addr.Zone() != "" {
			host = "[" + host + "]"
		}
		rest = strings.Trim(rest, blanks)
		if text, hasPort = strings.CutPrefix(rest, ":"); !hasPort && rest != "" {
			return "", 0, false
		}
	} else if !isToken(host) {
		return "", 0, false
	}
	if !hasPort {
		return host, 0, true
	}
	number, ok := readNumber(strings.Trim(text, blanks), 65535)
	return host, int(number), ok && number > 0
}

// markSource notes in the top Via of a request where it came from: received when the host there is another (RFC 3261
// 18.2.1) or rport is asked for, and then rport as well (RFC 3581 4). What the peer wrote there itself is no evidence.
func markSource(via *sip.ViaHeader, source netip.AddrPort) {
	via.Params.Remove("received")
	symmetric := via.Params.Has("rport")
	if symmetric {
		via.Params.Add("rport", strconv.Itoa(int(source.Port())))
	}
	if host, err := netip.ParseAddr(strings.Trim(via.Host, "[]")); symmetric || err != nil || host.Unmap() != source.Addr().WithZone("") {
		via.Params.Add("received", source.Addr().WithZone("").String())
	}
}

// Destination is where the message goes. A request, and a response over the TCP connection that brought its request,
// goes to Flow.Remote. Over UDP a response goes to the address its request came from, and to the port that the top
// Via names, or that it came from if the client asked for that with rport (RFC 3261 18.2.2, RFC 3581 4). The maddr
// parameter is not obeyed: it would let anybody aim our responses at somebody else, and we take no part in multicast.
func (o Outbound) Destination() netip.AddrPort {
	if o.Flow.Transport != UDP || !isResponse(o.Raw) {
		return o.Flow.Remote
	}
	if via := topVia(o.Raw); via != nil && !via.Params.Has("rport") {
		return netip.AddrPortFrom(o.Flow.Remote.Addr(), sentByPort(via))
	}
	return o.Flow.Remote
}

// reconnect is where a connection is opened to for a message whose own is gone: for a response that is the port the
// client listens at, not the one it came from (RFC 3261 18.2.2), and over TLS the host it calls itself.
func (o Outbound) reconnect() Flow {
	f := Flow{Transport: o.Flow.Transport, Remote: o.Flow.Remote, Host: o.Flow.Host}
	if isResponse(o.Raw) {
		if via := topVia(o.Raw); via != nil {
			f.Remote = netip.AddrPortFrom(f.Remote.Addr(), sentByPort(via))
			f.Host = strings.Trim(via.Host, "[]")
		}
	}
	return f
}

func sentByPort(via *sip.ViaHeader) uint16 {
	switch {
	case via.Port != 0:
		return uint16(via.Port)
	case strings.EqualFold(via.Transport, TLS):
		return defaultSecurePort
	}
	return defaultPort
}

// topVia reads the first Via value of a message that is not parsed otherwise, or returns nil.
func topVia(raw []byte) *sip.ViaHeader {
	var via *sip.ViaHeader
	eachField(raw, func(name, value string) bool {
		if !strings.EqualFold(name, "Via") && !strings.EqualFold(name, "v") {
			return true
		}
		if values, ok := splitList(value); ok {
			if h, ok := readVia(values[0]); ok {
				via, _ = h.(*sip.ViaHeader)
			}
		}
		return false
	})
	return via
}
