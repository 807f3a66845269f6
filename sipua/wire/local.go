package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// LocalFor is the address under which a peer reaches this endpoint: what to put into Via, Contact and SDP. It is the
// bound address, or the source address of the route to the peer where every address is bound. Where nothing listens, a
// connection can still be opened: then it is that source address, without a port.
func (e *Endpoint) LocalFor(transport string, remote netip.AddrPort) (netip.AddrPort, error) {
	var bound []netip.AddrPort
	switch transport {
	case UDP:
		for _, s := range e.packets {
			bound = append(bound, s.local)
		}
	case TCP, TLS:
		for _, l := range e.listeners {
			if l.transport == transport {
				bound = append(bound, l.local)
			}
		}
	}
	local := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	i, err := pick(bound, remote)
	switch {
	case err == nil:
		local = bound[i]
	case transport == UDP || !errors.Is(err, ErrNoSocket):
		return netip.AddrPort{}, fmt.Errorf("local address toward %s over %s: %w", remote, transport, err)
	}
	if !local.Addr().IsUnspecified() {
		return local, nil
	}
	source, err := routedSource(remote)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("local address toward %s over %s: %w", remote, transport, err)
	}
	return netip.AddrPortFrom(source.WithZone(""), local.Port()), nil // a zone means nothing to the peer
}

// pick chooses, among bound addresses, the one that sends to a peer: of its family, and if there are several, the
// one the route leaves from, else one that binds every address, else the first.
func pick(bound []netip.AddrPort, remote netip.AddrPort) (int, error) {
	var family []int
	for i, b := range bound {
		if b.Addr().Is4() == remote.Addr().Unmap().Is4() {
			family = append(family, i)
		}
	}
	switch len(family) {
	case 0:
		return 0, ErrNoSocket
	case 1:
		return family[0], nil
	}
	if source, err := routedSource(remote); err == nil {
		for _, i := range family {
			if bound[i].Addr() == source {
				return i, nil
			}
		}
	}
	for _, i := range family {
		if bound[i].Addr().IsUnspecified() {
			return i, nil
		}
	}
	return family[0], nil
}

// routedSource asks the kernel which address it would send from. Connecting a UDP socket sends nothing.
func routedSource(remote netip.AddrPort) (netip.Addr, error) {
	network := "udp4"
	if remote.Addr().Unmap().Is6() {
		network = "udp6"
	}
	if remote.Port() == 0 {
		remote = netip.AddrPortFrom(remote.Addr(), defaultPort)
	}
	conn, err := net.DialUDP(network, nil, net.UDPAddrFromAddrPort(remote))
	if err != nil {
		return netip.Addr{}, bindError(err)
	}
	source := addrPort(conn.LocalAddr()).Addr()
	return source, conn.Close()
}
