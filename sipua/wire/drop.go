package wire

import (
	"crypto/tls"
	"net"
	"slices"
	"time"
)

// Drop closes the connection of a flow at once and forgets it, so that what is sent next opens another one: writes into a
// connection whose peer is gone succeed for minutes (RFC 3261 18.1.1, RFC 5626 4.5). Where the flow has no Local, it drops
// every connection to that peer. One that was opened after a time is spared: whoever found out has opened it anew since.
func (e *Endpoint) Drop(f Flow, until time.Time) {
	for _, c := range e.pool.all(f) {
		if !c.opened.After(until) {
			c.drop()
		}
	}
}

// Connected tells whether the connection of a flow is there. UDP has none, and is taken to be fine.
func (e *Endpoint) Connected(f Flow) bool { return f.Transport == UDP || e.pool.named(f) != nil }

// named is the connection of a flow, nil when there is none: the very one where Local is known, else any to the peer.
func (p *pool) named(f Flow) *conn {
	if !f.Local.IsValid() {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.findLocked(f)
	}
	if all := p.all(f); len(all) > 0 {
		return all[0]
	}
	return nil
}

// all are the connections that a flow may mean, without those that were dropped.
func (p *pool) all(f Flow) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.conns[f.peer()]), func(c *conn) bool {
		return c.dropped.Load() || f.Local.IsValid() && c.flow.Local != f.Local
	})
}

// drop closes a connection at once. What waits on it goes to another one.
func (c *conn) drop() {
	c.dropped.Store(true)
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		_ = bare(c.conn).Close() // its reader and writer end by it
	}
	c.signal()
}

// bare is a connection without TLS over it, whose Close would wait to take leave of a peer that is not there.
func bare(c net.Conn) net.Conn {
	if secure, ok := c.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return c
}
