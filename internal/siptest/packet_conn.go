package siptest

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// packetConn is one address of a network.
type packetConn struct {
	network *Network
	local   netip.AddrPort
	done    chan struct{} // closed by Close
	ready   chan struct{} // one slot: there is something in the queue

	mu       sync.Mutex
	queue    []Packet
	deadline time.Time
	moved    chan struct{} // closed when the deadline changes
	closed   bool
}

// Listen binds an address such as "10.0.0.1:5060".
func (n *Network) Listen(address string) net.PacketConn {
	local := mustAddr(address)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[local] != nil {
		panic(fmt.Sprintf("siptest: %s is in use", address))
	}
	c := &packetConn{
		network: n, local: local,
		done: make(chan struct{}), ready: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	n.conns[local] = c
	return c
}

// deliver is called with the network locked.
func (c *packetConn) deliver(p Packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, p)
	c.signalLocked()
}

func (c *packetConn) signalLocked() {
	select {
	case c.ready <- struct{}{}:
	default: // signalled already
	}
}

// ReadFrom waits for a packet. One longer than the buffer is cut, as UDP does.
func (c *packetConn) ReadFrom(buf []byte) (int, net.Addr, error) {
	for {
		p, ok, deadline, moved := c.take()
		if ok {
			return copy(buf, p.Data), net.UDPAddrFromAddrPort(p.From), nil
		}
		if err := c.wait(deadline, moved); err != nil {
			return 0, nil, &net.OpError{Op: "read", Net: "udp", Source: c.LocalAddr(), Err: err}
		}
	}
}

func (c *packetConn) take() (p Packet, ok bool, deadline time.Time, moved chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.closed {
		return Packet{}, false, c.deadline, c.moved
	}
	p = c.queue[0]
	c.queue = c.queue[1:]
	if len(c.queue) > 0 {
		c.signalLocked()
	}
	return p, true, c.deadline, c.moved
}

func (c *packetConn) wait(deadline time.Time, moved chan struct{}) error {
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-c.done:
		return net.ErrClosed
	case <-expired:
		return os.ErrDeadlineExceeded
	case <-c.ready:
	case <-moved:
	}
	return nil
}

// WriteTo puts a packet on its way. Nobody is told if it does not arrive.
func (c *packetConn) WriteTo(data []byte, to net.Addr) (int, error) {
	select {
	case <-c.done:
		return 0, &net.OpError{Op: "write", Net: "udp", Source: c.LocalAddr(), Addr: to, Err: net.ErrClosed}
	default:
	}
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, &net.AddrError{Err: "not a UDP address", Addr: to.String()}
	}
	dest := udp.AddrPort()
	c.network.send(Packet{
		From: c.local, To: netip.AddrPortFrom(dest.Addr().Unmap(), dest.Port()), Data: bytes.Clone(data),
	})
	return len(data), nil
}

// Close frees the address.
func (c *packetConn) Close() error {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	close(c.done)
	delete(c.network.conns, c.local)
	return nil
}

// LocalAddr is the bound address.
func (c *packetConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// SetDeadline is SetReadDeadline: writing never waits.
func (c *packetConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline bounds ReadFrom, one that is waiting included.
func (c *packetConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	close(c.moved)
	c.moved = make(chan struct{})
	return nil
}

// SetWriteDeadline does nothing: writing never waits.
func (c *packetConn) SetWriteDeadline(time.Time) error { return nil }
