package wire

import (
	"errors"
	"fmt"
)

// ErrFlowGone says that there is no connection any more for the flow.
var ErrFlowGone = errors.New("the connection is gone")

// Ping sends a keep-alive over a flow: four bytes that mean nothing over UDP, to keep the mapping of a NAT; a double CRLF
// on a connection, which a peer of RFC 5626 answers (section 4.4.1). It never opens a connection.
func (e *Endpoint) Ping(f Flow) error {
	if f.Transport == UDP {
		return e.Send(Outbound{Flow: f, Raw: blankLine})
	}
	c := e.pool.find(f)
	if c == nil {
		return fmt.Errorf("ping %s: %w", f.Remote, ErrFlowGone)
	}
	c.pinged.Store(true)
	if err := c.enqueue(item{Outbound: Outbound{Flow: f, Raw: blankLine}, ping: true}); err != nil {
		return fmt.Errorf("ping %s: %w", f.Remote, ErrFlowGone)
	}
	return nil
}

// Answered tells whether anything was received on the connection of a flow since its last Ping. One that is silent is
// closed (RFC 5626 section 4.4.1). UDP cannot tell, and is taken to be fine.
func (e *Endpoint) Answered(f Flow) bool {
	if f.Transport == UDP {
		return true
	}
	c := e.pool.find(f)
	if c == nil {
		return false
	}
	if c.pinged.Load() {
		c.drop()
		return false
	}
	return true
}

// find is the connection that a flow uses, nil when there is none.
func (p *pool) find(f Flow) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.findLocked(f)
}

// drop closes a connection at once. What waits on it goes to another one.
func (c *conn) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		_ = c.conn.Close() // its reader and writer end by it
	}
	c.signal()
}
