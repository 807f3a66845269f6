package wire

import (
	"errors"
	"fmt"
)

// ErrFlowGone says that there is no connection any more for the flow.
var ErrFlowGone = errors.New("the connection is gone")

// Ping sends a keep-alive over a flow: four bytes that mean nothing over UDP, to keep the mapping of a NAT; a double CRLF
// on a connection, which a peer of RFC 5626 answers (section 4.4.1). It never opens a connection, and where the flow has a Local
// it pings that one and no other to the same peer: whether another one lives says nothing of it.
func (e *Endpoint) Ping(f Flow) error {
	if f.Transport == UDP {
		return e.Send(Outbound{Flow: f, Raw: blankLine})
	}
	c := e.pool.named(f)
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
	c := e.pool.named(f)
	if c == nil {
		return false
	}
	if c.pinged.Load() {
		c.drop()
		return false
	}
	return true
}
