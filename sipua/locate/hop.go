package locate

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The transports, as package wire names them.
const (
	udp = "udp"
	tcp = "tcp"
	tls = "tls"
)

// Hop is what a URI says of its next hop.
type Hop struct {
	Host      string // a name, or an address without brackets
	Domain    string // the host of the URI, also where Host is its maddr
	Port      uint16 // 0 leaves it open
	Transport string // "udp", "tcp" or "tls"; "" leaves it open
	Secure    bool   // by sips: nothing but TLS will do (RFC 3261 section 26.2.2)
}

// Read reads the hop that a URI leads to: its host, or the maddr that stands in for it (RFC 3263 section 4).
func Read(uri sip.Uri) (Hop, error) {
	h := Hop{Host: plainHost(uri.Host), Domain: plainHost(uri.Host), Secure: uri.Scheme == "sips"}
	if uri.Scheme != "sip" && !h.Secure {
		return h, fmt.Errorf("a URI of scheme %s leads nowhere: sip or sips is wanted", uri.Scheme)
	}
	if maddr, ok := uri.UriParams.Get("maddr"); ok && maddr != "" {
		h.Host = plainHost(maddr)
	}
	if h.Host == "" {
		return h, fmt.Errorf("the URI %s names no host", uri.String())
	}
	if uri.Port < 0 || uri.Port > 65535 {
		return h, fmt.Errorf("the port %d is out of range", uri.Port)
	}
	h.Port = uint16(uri.Port)
	var err error
	h.Transport, err = transportOf(uri, h.Secure)
	return h, err
}

// plainHost writes a host in one way: without brackets, in lower case, without the dot of the root.
func plainHost(host string) string {
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// transportOf reads the transport parameter. That of a sips URI is what TLS runs over (RFC 3261 section 26.2.2); "tls"
// says the same of a sip URI, in the way that came before.
func transportOf(uri sip.Uri, secure bool) (string, error) {
	asked, ok := uri.UriParams.Get("transport")
	asked = strings.ToLower(asked)
	switch {
	case !ok:
		return "", nil
	case secure && (asked == tcp || asked == tls):
		return tls, nil
	case secure && asked == udp:
		return "", fmt.Errorf("a sips URI cannot be reached over udp")
	case asked == udp || asked == tcp || asked == tls:
		return asked, nil
	}
	return "", fmt.Errorf("the transport %s is not supported", asked)
}

// Addr is the host where that is an address.
func (h Hop) Addr() (netip.Addr, bool) {
	addr, err := netip.ParseAddr(h.Host)
	return addr.Unmap(), err == nil
}

// DefaultTransport is the one to use where nothing else was said (RFC 3263 section 4.1).
func (h Hop) DefaultTransport() string {
	switch {
	case h.Transport != "":
		return h.Transport
	case h.Secure:
		return tls
	}
	return udp
}

// port is the one to use where SRV gave none (RFC 3261 section 19.1.2).
func (h Hop) port(transport string) uint16 {
	switch {
	case h.Port != 0:
		return h.Port
	case transport == tls:
		return 5061
	}
	return 5060
}

// Numeric is where a hop leads to whose host is an address: no name server is asked.
func (h Hop) Numeric() (Target, bool) {
	addr, ok := h.Addr()
	if !ok {
		return Target{}, false
	}
	transport := h.DefaultTransport()
	return Target{Transport: transport, Addr: netip.AddrPortFrom(addr, h.port(transport)), Host: h.Domain}, true
}
