package guard

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Options bound what sources may do. A field that is zero takes its default.
type Options struct {
	Rate      int // messages a second of one stranger; 100
	Burst     int // of them at once; 200
	Strangers int // messages a second of all strangers together, and twice as many at once; 2000
	Trusted   int // messages a second of a server or a call's peer, and as many at once; 5000
	Sources   int // strangers that are remembered; 1024
}

func (o Options) withDefaults() Options {
	for _, f := range []struct {
		set *int
		def int
	}{{&o.Rate, 100}, {&o.Burst, 200}, {&o.Strangers, 2000}, {&o.Trusted, 5000}, {&o.Sources, 1024}} {
		if *f.set <= 0 {
			*f.set = f.def
		}
	}
	return o
}

// Verdict is what becomes of a message.
type Verdict uint8

// The verdicts.
const (
	Admitted Verdict = iota
	TooMany          // more than its source may send
	Silenced         // its source has committed too many offences
)

func (v Verdict) String() string { return [...]string{"admitted", "too many", "silenced"}[v] }

// trusted is a source that is more than a stranger.
type trusted struct {
	bucket bucket
	calls  int // that it is the peer of; 0 for a server
}

// Guard admits messages, or does not. A nil Guard admits everything.
type Guard struct {
	stranger, strangers, known allowance
	capacity                   int

	mu      sync.Mutex
	servers map[netip.Addr]*trusted
	peers   map[netip.AddrPort]*trusted
	sources map[netip.Addr]*list.Element // of *source
	recent  *list.List                   // the same, the last seen at the front
	pool    bucket                       // of all strangers
}

// New makes a guard.
func New(o Options) *Guard {
	o = o.withDefaults()
	return &Guard{
		stranger: perSecond(o.Rate, o.Burst), strangers: perSecond(o.Strangers, 2*o.Strangers),
		known: perSecond(o.Trusted, o.Trusted), capacity: o.Sources,
		servers: map[netip.Addr]*trusted{}, peers: map[netip.AddrPort]*trusted{},
		sources: map[netip.Addr]*list.Element{}, recent: list.New(),
	}
}

// Admit judges a message by where it comes from.
func (g *Guard) Admit(now time.Time, from netip.AddrPort) Verdict {
	if g == nil {
		return Admitted
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.trustedLocked(from); t != nil {
		return verdict(t.bucket.take(now, g.known))
	}
	s := g.sourceLocked(from)
	if now.Before(s.silent) {
		return Silenced
	}
	s.forgive(now)
	return verdict(s.bucket.take(now, s.allowance(g.stranger)) && g.pool.take(now, g.strangers))
}

func verdict(admitted bool) Verdict {
	if admitted {
		return Admitted
	}
	return TooMany
}

// Offend notes that a source asked for what only a scanner asks for. It is nothing to whom is trusted.
func (g *Guard) Offend(now time.Time, from netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.trustedLocked(from) == nil {
		g.sourceLocked(from).offend(now)
	}
}

// Pardon forgets the offences of a source that has proven who it is.
func (g *Guard) Pardon(from netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.trustedLocked(from) == nil {
		g.sourceLocked(from).offences = 0
	}
}

// Trust makes a source the peer of a call, until Distrust is called as often.
func (g *Guard) Trust(peer netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.peers[peer]
	if t == nil {
		t = &trusted{}
		g.peers[peer] = t
	}
	t.calls++
}

// Distrust takes back one Trust.
func (g *Guard) Distrust(peer netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.peers[peer]
	if t == nil {
		return
	}
	if t.calls--; t.calls == 0 {
		delete(g.peers, peer)
	}
}

// SetServers says which addresses are our registrars and proxies.
func (g *Guard) SetServers(addrs []netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.servers
	g.servers = make(map[netip.Addr]*trusted, len(addrs))
	for _, a := range addrs {
		a = a.Unmap()
		t := old[a]
		if t == nil {
			t = &trusted{}
		}
		g.servers[a] = t
	}
}

// trustedLocked is what is known of a source that is trusted, nil of a stranger.
func (g *Guard) trustedLocked(from netip.AddrPort) *trusted {
	if t := g.peers[from]; t != nil {
		return t
	}
	return g.servers[from.Addr()]
}

// sourceLocked is what is remembered of a stranger. When there are too many, one is forgotten.
func (g *Guard) sourceLocked(from netip.AddrPort) *source {
	key := keyOf(from.Addr())
	if e := g.sources[key]; e != nil {
		g.recent.MoveToFront(e)
		return e.Value.(*source)
	}
	if len(g.sources) < g.capacity {
		s := &source{key: key}
		g.sources[key] = g.recent.PushFront(s)
		return s
	}
	e := g.recent.Back()
	s := e.Value.(*source)
	delete(g.sources, s.key)
	*s = source{key: key}
	g.sources[key] = e
	g.recent.MoveToFront(e)
	return s
}
