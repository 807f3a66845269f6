package media

import (
	"net"
	"net/netip"
)

// conn is a datagram socket whose reads and writes allocate nothing.
type conn interface {
	read(buf []byte) (n int, from netip.AddrPort, err error) // one reader at a time
	write(buf []byte, to netip.AddrPort) error               // one writer at a time
	port() int
	close() error
}

type udpConn struct{ *net.UDPConn }

func listenUDP(local netip.AddrPort) (conn, error) {
	network := "udp"
	addr := net.UDPAddrFromAddrPort(local)
	if local.Addr().IsUnspecified() {
		addr.IP = nil // both families where the system has both
	} else if local.Addr().Is4() {
		network = "udp4"
	}
	c, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	return udpConn{c}, nil
}

func (c udpConn) read(buf []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFromUDPAddrPort(buf)
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
}

func (c udpConn) write(buf []byte, to netip.AddrPort) error {
	_, err := c.WriteToUDPAddrPort(buf, to)
	return err
}

func (c udpConn) port() int { return c.LocalAddr().(*net.UDPAddr).Port } // of a UDP socket it is

func (c udpConn) close() error { return c.Close() }

// packetConn adapts any net.PacketConn. The last addresses are kept in both forms.
type packetConn struct {
	_ [0]func() // not to be compared, so no code is made for it
	net.PacketConn

	from   net.Addr // owned by the reader
	source netip.AddrPort
	to     netip.AddrPort // owned by the writer
	dest   net.Addr
}

func newPacketConn(c net.PacketConn) conn {
	if u, ok := c.(*net.UDPConn); ok {
		return udpConn{u}
	}
	return &packetConn{PacketConn: c}
}

func (c *packetConn) read(buf []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFrom(buf)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	if from != c.from {
		c.from, c.source = from, addrPort(from)
	}
	return n, c.source, nil
}

func (c *packetConn) write(buf []byte, to netip.AddrPort) error {
	if c.dest == nil || to != c.to {
		c.to, c.dest = to, net.UDPAddrFromAddrPort(to)
	}
	_, err := c.WriteTo(buf, c.dest)
	return err
}

func (c *packetConn) port() int { return int(addrPort(c.LocalAddr()).Port()) }

func (c *packetConn) close() error { return c.Close() }

// addrPort is zero for an address that has no such form.
func addrPort(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		ap := u.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return ap
}
