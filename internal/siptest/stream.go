package siptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// listener accepts streams at one address of a network.
type listener struct {
	network *Network
	local   netip.AddrPort
	backlog chan net.Conn
	done    chan struct{}
}

// ErrRefused is what Dial says where nobody listens.
var ErrRefused = errors.New("connection refused")

// ListenStream listens for streams at an address such as "10.0.0.1:5060".
func (n *Network) ListenStream(address string) net.Listener {
	local := mustAddr(address)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.streams[local] != nil {
		panic(fmt.Sprintf("siptest: %s is in use", address))
	}
	l := &listener{network: n, local: local, backlog: make(chan net.Conn), done: make(chan struct{})}
	n.streams[local] = l
	return l
}

// Dial opens a stream from an address such as "10.0.0.2", at a free port, to a listener. Streams are perfect, and
// hold nothing: a write waits for its reader. Toward an address that is cut off, Dial waits for ctx.
func (n *Network) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	n.port++
	local := netip.AddrPortFrom(netip.MustParseAddr(from), n.port)
	l := n.streams[to]
	parted := n.partedLocked(local, to)
	n.mu.Unlock()
	var done chan struct{}
	var backlog chan net.Conn
	if !parted {
		if l == nil {
			return nil, dialError(local, to, ErrRefused)
		}
		done, backlog = l.done, l.backlog
	}
	near, far := net.Pipe()
	select {
	case backlog <- streamConn{far, to, local}:
		return streamConn{near, local, to}, nil
	case <-done:
		return nil, dialError(local, to, ErrRefused)
	case <-ctx.Done():
		return nil, dialError(local, to, ctx.Err())
	}
}

func dialError(from, to netip.AddrPort, err error) error {
	return &net.OpError{
		Op: "dial", Net: "tcp", Source: net.TCPAddrFromAddrPort(from), Addr: net.TCPAddrFromAddrPort(to), Err: err,
	}
}

// Accept waits for a stream.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.done:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	}
}

// Close frees the address. Accepted streams live on.
func (l *listener) Close() error {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	select {
	case <-l.done:
		return net.ErrClosed
	default:
	}
	close(l.done)
	delete(l.network.streams, l.local)
	return nil
}

// Addr is the address listened at.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.local) }

// streamConn is one end of a pipe, with addresses.
type streamConn struct {
	net.Conn
	local, remote netip.AddrPort
}

// LocalAddr is this end's address.
func (c streamConn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr is the other end's address.
func (c streamConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
