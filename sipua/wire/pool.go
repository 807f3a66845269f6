package wire

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// pool keeps the connections, accepted and opened alike, by the transport and the address of the peer.
type pool struct {
	endpoint *Endpoint
	ctx      context.Context // of connections being opened
	cancel   context.CancelFunc

	mu         sync.Mutex
	closed     bool
	conns      map[peer][]*conn // usually one each: a peer may use its port toward two of our listeners
	total      int
	perAddress map[netip.Addr]int // accepted only
}

func newPool(e *Endpoint) *pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &pool{
		endpoint: e, ctx: ctx, cancel: cancel,
		conns: map[peer][]*conn{}, perAddress: map[netip.Addr]int{},
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
	if c := p.findLocked(o.Flow); c != nil {
		return c, nil
	}
	flow := o.reconnect()
	if c := p.findLocked(flow); c != nil {
		return c, nil
	}
	return p.openLocked(flow, o.Connect)
}

// findLocked finds a live connection for a flow: the very one with that local address, if it is known, else any that
// serves. A connection whose framing is lost serves the answers to what came over it, and nothing new.
func (p *pool) findLocked(f Flow) *conn {
	var found *conn
	for _, c := range p.conns[f.peer()] {
		if c.dropped.Load() {
			continue
		}
		if f.Local.IsValid() && c.flow.Local == f.Local {
			return c
		}
		if !c.lost.Load() && c.serves(f) {
			found = c
		}
	}
	return found
}

// openLocked makes a connection that opens itself, within the time if there is one.
func (p *pool) openLocked(flow Flow, within time.Duration) (*conn, error) {
	if p.total >= p.endpoint.limits.Connections {
		return nil, &ConnectError{Remote: flow.Remote, Err: ErrConnections}
	}
	c := newConn(p.endpoint, flow, false)
	c.within = cmp.Or(within, p.endpoint.limits.Connect)
	p.addLocked(c)
	return c, nil
}

// adopt takes an accepted connection in, unless there are too many.
func (p *pool) adopt(nc net.Conn, transport string, local netip.AddrPort) bool {
	flow := Flow{Transport: transport, Local: local, Remote: addrPort(nc.RemoteAddr())}
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
	if transport == TLS {
		c.conn = p.endpoint.security.server(nc)
	}
	p.perAddress[flow.Remote.Addr()]++
	p.addLocked(c)
	return true
}

func (p *pool) addLocked(c *conn) {
	p.total++
	p.conns[c.flow.peer()] = append(p.conns[c.flow.peer()], c)
	ctx, cancel := context.WithCancel(p.ctx)
	c.cancel = cancel
	p.endpoint.group.Go(func() { c.run(ctx) })
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
	if p.dropLocked(c.flow.peer(), c) {
		p.total--
	}
	p.dropLocked(c.alias, c)
	if !c.accepted {
		return
	}
	addr := c.flow.Remote.Addr()
	if p.perAddress[addr]--; p.perAddress[addr] <= 0 {
		delete(p.perAddress, addr)
	}
}

// shutdown makes every connection write what it has queued, and end. Those still being opened give up.
func (p *pool) shutdown() {
	p.mu.Lock()
	p.closed = true
	var all []*conn
	for _, conns := range p.conns {
		all = append(all, conns...) // one with an alias twice, which does no harm
	}
	p.mu.Unlock()
	p.cancel()
	for _, c := range all {
		c.finish()
	}
}
