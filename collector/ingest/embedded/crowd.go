package embedded

import (
	"net/netip"
	"sync"
)

// crowd counts who is there, over all listeners.
type crowd struct {
	perAddress int

	mu    sync.Mutex
	total int
	from  map[netip.Addr]int
}

func newCrowd(perAddress int) *crowd {
	return &crowd{perAddress: perAddress, from: map[netip.Addr]int{}}
}

// enter counts one more from an address, and returns why that is one too many, "" if it is not. This machine itself, from
// where proxies come, may have them all.
func (c *crowd) enter(a netip.Addr) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.total >= maxConnections:
		return refusedConnections
	case !a.IsLoopback() && c.from[a] >= c.perAddress:
		return refusedAddress
	}
	c.total++
	c.from[a]++
	return ""
}

func (c *crowd) leave(a netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	if c.from[a]--; c.from[a] == 0 {
		delete(c.from, a)
	}
}
