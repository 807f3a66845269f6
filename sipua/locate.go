package sipua

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

const (
	defaultPort       = 5060 // RFC 3261 section 19.1.2
	defaultSecurePort = 5061
	lookupTimeout     = 5 * time.Second
)

// locate answers how a URI is reached. A numeric host is answered at once; a name is looked up by a goroutine of its own,
// so that no call waits for another's name server, and the answer comes through the mailbox.
func (c *Call) locate(e session.Locate) (session.Located, bool) {
	ua := c.actor.agent
	transport, host, port, err := hopOf(e.Hop)
	if err != nil {
		return session.Located{Locate: e, Err: err}, true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return ua.located(e, wire.Flow{Transport: transport, Remote: netip.AddrPortFrom(addr.Unmap(), port)}), true
	}
	ua.background.Go(func() {
		answer := session.Located{Locate: e}
		addr, err := ua.lookup(host)
		if err != nil {
			answer.Err = fmt.Errorf("look up %s: %w", host, err)
		} else {
			answer = ua.located(e, wire.Flow{Transport: transport, Remote: netip.AddrPortFrom(addr, port), Host: host})
		}
		c.actor.post(letter{call: c, event: answer})
	})
	return session.Located{}, false
}

func (ua *UserAgent) located(e session.Locate, flow wire.Flow) session.Located {
	local, err := ua.endpoint.LocalFor(flow.Transport, flow.Remote)
	if err != nil {
		return session.Located{Locate: e, Err: err}
	}
	return session.Located{Locate: e, Paths: []session.Path{{Flow: flow, Local: local}}}
}

// hopOf reads transport, host and port of a URI (RFC 3263 sections 4.1, 4.2, without NAPTR and SRV). A sips URI is
// reached by TLS (RFC 3261 section 26.2.2).
func hopOf(hop string) (transport, host string, port uint16, err error) {
	var uri sip.Uri
	if err := sip.ParseUri(hop, &uri); err != nil {
		return "", "", 0, fmt.Errorf("read URI %q: %w", hop, err)
	}
	if transport, err = transportOf(uri); err != nil {
		return "", "", 0, fmt.Errorf("URI %q: %w", hop, err)
	}
	if uri.Port < 0 || uri.Port > 65535 {
		return "", "", 0, fmt.Errorf("URI %q: port is out of range", hop)
	}
	port = uint16(uri.Port)
	switch {
	case port != 0:
	case transport == wire.TLS:
		port = defaultSecurePort
	default:
		port = defaultPort
	}
	return transport, strings.Trim(uri.Host, "[]"), port, nil
}

// transportOf is the transport that a URI asks for.
func transportOf(uri sip.Uri) (string, error) {
	asked, given := uri.UriParams.Get("transport")
	asked = strings.ToLower(asked)
	switch {
	case uri.Scheme == "sips" && (!given || asked == wire.TCP || asked == wire.TLS):
		return wire.TLS, nil
	case uri.Scheme != "sip" && uri.Scheme != "sips":
		return "", fmt.Errorf("scheme %s is not supported", uri.Scheme)
	case !given:
		return wire.UDP, nil
	case uri.Scheme == "sip" && (asked == wire.UDP || asked == wire.TCP || asked == wire.TLS):
		return asked, nil
	}
	return "", fmt.Errorf("transport %s is not supported", asked)
}

func (ua *UserAgent) lookup(host string) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ua.ctx, lookupTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range addrs {
		if a = a.Unmap(); a.Is4() { // most of the devices we talk to have nothing else
			return a, nil
		}
	}
	if len(addrs) == 0 {
		return netip.Addr{}, errors.New("no address")
	}
	return addrs[0], nil
}
