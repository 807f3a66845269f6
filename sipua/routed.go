package sipua

import (
	"net/netip"
	"sync"
	"time"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

const (
	// routedFor is how long the way to a peer holds: the kernel is asked with a socket, which no message of a flood may cost.
	// What this side sends of its own accord asks anew, so that a new address counts at once.
	routedFor = 5 * time.Second
	maxRouted = 256
)

// routed remembers for a moment which address of ours leads to a peer.
type routed struct {
	mu    sync.Mutex
	known map[origin]localAddress
}

// origin is a host that sends over a transport.
type origin struct {
	transport string
	addr      netip.Addr
}

type localAddress struct {
	local netip.AddrPort
	until time.Time
}

// local is the address that leads to a peer, asked for with find where it is not known.
func (r *routed) local(now time.Time, f wire.Flow, find func() netip.AddrPort) netip.AddrPort {
	key := origin{f.Transport, f.Remote.Addr()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := r.known[key]; ok && now.Before(l.until) {
		return l.local
	}
	if r.known == nil || len(r.known) >= maxRouted {
		r.known = map[origin]localAddress{}
	}
	l := localAddress{local: find(), until: now.Add(routedFor)}
	r.known[key] = l
	return l.local
}

// pathOf is the way back to where a message came from.
func (ua *UserAgent) pathOf(f wire.Flow) session.Path {
	return session.Path{Flow: f, Local: ua.routed.local(time.Now(), f, func() netip.AddrPort {
		local, err := ua.endpoint.LocalFor(f.Transport, f.Remote)
		if err != nil {
			return f.Local
		}
		return local
	})}
}
