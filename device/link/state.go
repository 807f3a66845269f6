package link

import (
	"net/netip"
	"slices"
	"strings"
)

// Change is what happened to the network since the last one.
type Change struct {
	Links     []Link // that came up or went down, in the order in which they did
	Addresses bool   // an address that a peer could reach came or went
}

// Link is one interface that has changed.
type Link struct {
	Name string
	Up   bool // it has a carrier and is switched on
}

func (c Change) empty() bool { return len(c.Links) == 0 && !c.Addresses }

// message is one rtnetlink message that matters here.
type message struct {
	index int // of the interface
	gone  bool

	link bool // else it is about an address
	name string
	up   bool

	address netip.Prefix
}

// state is what is known of the interfaces. Its zero value knows none.
type state struct {
	links     map[int]Link
	addresses map[int][]netip.Prefix
}

func newState() *state {
	return &state{links: map[int]Link{}, addresses: map[int][]netip.Prefix{}}
}

// take adds to c what is news in a message. The kernel repeats itself: an IPv6 router, for one, renews its addresses
// every few minutes.
func (s *state) take(m message, c *Change) {
	if m.link {
		s.takeLink(m, c)
		return
	}
	known := s.addresses[m.index]
	has := slices.Contains(known, m.address)
	switch {
	case m.gone && has:
		s.addresses[m.index] = slices.DeleteFunc(known, func(p netip.Prefix) bool { return p == m.address })
	case !m.gone && !has:
		s.addresses[m.index] = append(known, m.address)
	default:
		return
	}
	c.Addresses = c.Addresses || reachable(m.address.Addr())
}

func (s *state) takeLink(m message, c *Change) {
	before, known := s.links[m.index]
	now := Link{Name: m.name, Up: m.up && !m.gone}
	if now.Name == "" {
		now.Name = before.Name
	}
	if m.gone {
		delete(s.links, m.index)
		delete(s.addresses, m.index)
	} else {
		s.links[m.index] = now
	}
	if now.Up != (known && before.Up) && !strings.HasPrefix(now.Name, "lo") {
		c.Links = append(c.Links, now)
	}
}

// reachable tells whether a peer elsewhere could use the address.
func reachable(a netip.Addr) bool { return !a.IsLoopback() && !a.IsLinkLocalUnicast() }
