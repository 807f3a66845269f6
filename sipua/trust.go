package sipua

import (
	"net/netip"
	"slices"

	"sidetone/trace"
)

// trust is whom a call has made known to the guard: nobody's flood may cost an established call a message. Whom we call
// is trusted from the first request on, who calls us only once the call is answered: an INVITE alone proves nothing.
type trust struct {
	established bool
	last        netip.AddrPort // whom the call last heard of
	peers       []netip.AddrPort
}

// maxPeers is how many sources one call may make known: its peer, and the proxies that stay in the way.
const maxPeers = 4

// heard notes where a message of the call came from.
func (c *Call) heard(from netip.AddrPort) {
	c.trust.last = from
	if c.trust.established {
		c.trustPeer(from)
	}
}

// spoke notes where a message of the call went to.
func (c *Call) spoke(to netip.AddrPort) {
	if c.trust.established || c.info.Direction == trace.Out {
		c.trustPeer(to)
	}
}

// established notes that the call was answered.
func (c *Call) established() {
	c.trust.established = true
	if c.trust.last.IsValid() {
		c.trustPeer(c.trust.last)
	}
}

func (c *Call) trustPeer(peer netip.AddrPort) {
	if len(c.trust.peers) < maxPeers && !slices.Contains(c.trust.peers, peer) {
		c.trust.peers = append(c.trust.peers, peer)
		c.actor.agent.guard.Trust(peer)
	}
}

// distrust takes back what the call has told the guard.
func (c *Call) distrust() {
	for _, peer := range c.trust.peers {
		c.actor.agent.guard.Distrust(peer)
	}
	c.trust.peers = nil
}
