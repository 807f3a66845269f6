package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"sync"
)

// bounce is a datagram of ours that a host or a router could not deliver, as ICMP tells it.
type bounce struct {
	to    netip.AddrPort
	quote []byte // how the datagram begins, as far as it was quoted
	err   error
}

// remembered is of how many requests a socket remembers that they were sent: what bounces does so within a round trip.
const remembered = 32

// sentRequests are the last requests that a socket has sent, for the ICMP that may follow. It may be used by any
// goroutine.
type sentRequests struct {
	mu   sync.Mutex
	ring [remembered]Outbound
	next int
}

func (r *sentRequests) add(o Outbound) {
	if o.Token == nil || isResponse(o.Raw) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.next] = o
	r.next = (r.next + 1) % remembered
}

// take finds the request that bounced, once. The quote must reach beyond the top Via, with its branch: nobody else can
// know that, and so nobody can end a call by ICMP that was made up.
func (r *sentRequests) take(b bounce) (Outbound, bool) {
	if bytes.Count(b.quote, crlf) < 2 {
		return Outbound{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.ring {
		remote := netip.AddrPortFrom(o.Flow.Remote.Addr().WithZone(""), o.Flow.Remote.Port())
		if o.Token != nil && remote == b.to && bytes.HasPrefix(o.Raw, b.quote) {
			r.ring[i] = Outbound{}
			return o, true
		}
	}
	return Outbound{}, false
}

// collect tells of the requests that bounced (RFC 3261 18.4), and says whether anything did.
func (s *packetSocket) collect() bool {
	bounces := s.source.bounces()
	for _, b := range bounces {
		if o, ok := s.sent.take(b); ok {
			s.endpoint.failed(o, fmt.Errorf("send to %s: %w", b.to, b.err))
		}
	}
	return len(bounces) > 0
}
