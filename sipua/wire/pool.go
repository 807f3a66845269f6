package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
)

// pool keeps the TCP connections, accepted and opened alike, by the address of the peer.
type pool struct {
	endpoint *Endpoint
	ctx      context.Context // of connections being opened
	cancel   context.CancelFunc

	mu         sync.Mutex
	closed     bool
	conns      map[netip.AddrPort][]*conn // usually one each: a peer may use its port toward two of our listeners
	total      int
	perAddress map[netip.Addr]int // accepted only
}

func newPool(e *Endpoint) *pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &pool{
		endpoint: e, ctx: ctx, cancel: cancel,
		conns: map[netip.AddrPort][]*conn{}, perAddress: map[netip.Addr]int{},
	}
}

// send queues a message on the connection of its flow, or on one that it opens.
func (p *pool) send(o Outbound) error {
	// A connection may die between being found and being used; a connection just made does not.
	for {
		c, err := p.connFor(o)
		if err != nil {
			return err
		}
		if err := c.enqueue(item{Outbound: o}); !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
}

func (p *pool) connFor(o Outbound) (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrShutdown
	}
	if c := p.findLocked(o.Flow.Local, o.Flow.Remote); c != nil {
		return c, nil
	}
	remote := o.reconnect()
	if c := p.findLocked(netip.AddrPort{}, remote); c != nil {
		return c, nil
	}
	return p.openLocked(remote)
}

// findLocked finds a live connection to remote: the very one with that local address, if it is known, else any. A
// connection whose framing is lost serves the answers to what came over it, and nothing new.
func (p *pool) findLocked(local, remote netip.AddrPort) *conn {
	var found *conn
	for _, c := range p.conns[remote] {
		if local.IsValid() && c.flow.Local == local {
			return c
		}
		if !c.lost.Load() {
			found = c
		}
	}
	return found
}

// openLocked makes a connection that opens itself.
func (p *pool) openLocked(remote netip.AddrPort) (*conn, error) {
	if p.total >= p.endpoint.limits.Connections {
		return nil, ErrConnections
	}
	c := newConn(p.endpoint, Flow{Transport: TCP, Remote: remote}, false)
	p.addLocked(c)
	return c, nil
}

// adopt takes an accepted connection in, unless there are too many.
func (p *pool) adopt(nc net.Conn, local netip.AddrPort) bool {
	flow := Flow{Transport: TCP, Local: local, Remote: addrPort(nc.RemoteAddr())}
	if actual := addrPort(nc.LocalAddr()); actual.IsValid() {
		flow.Local = actual
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	limits := p.endpoint.limits
	if p.closed || p.total >= limits.Connections || p.perAddress[flow.Remote.Addr()] >= limits.PerAddress {
		return false
	}
	c := newConn(p.endpoint, flow, true)
	c.conn = nc
	p.perAddress[flow.Remote.Addr()]++
	p.addLocked(c)
	return true
}

func (p *pool) addLocked(c *conn) {
	p.total++
	p.conns[c.flow.Remote] = append(p.conns[c.flow.Remote], c)
	p.endpoint.group.Go(func() { c.run(p.ctx) })
}

// opened notes where a connection that opened itself leaves from.
func (p *pool) opened(c *conn, local netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.flow.Local = local
}

// remove forgets a connection that has ended.
func (p *pool) remove(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	remote := c.flow.Remote
	for i, other := range p.conns[remote] {
		if other == c {
			p.total--
			p.conns[remote] = append(p.conns[remote][:i:i], p.conns[remote][i+1:]...)
			break
		}
	}
	if len(p.conns[remote]) == 0 {
		delete(p.conns, remote)
	}
	if !c.accepted {
		return
	}
	if p.perAddress[remote.Addr()]--; p.perAddress[remote.Addr()] <= 0 {
		delete(p.perAddress, remote.Addr())
	}
}

// shutdown makes every connection write what it has queued, and end. Those still being opened give up.
func (p *pool) shutdown() {
	p.mu.Lock()
	p.closed = true
	var all []*conn
	for _, conns := range p.conns {
		all = append(all, conns...)
	}
	p.mu.Unlock()
	p.cancel()
	for _, c := range all {
		c.finish()
	}
}
