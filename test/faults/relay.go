package main

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Directions of a relay.
const (
	toBroker = iota
	fromBroker
)

// relayChunk is how much is passed on at a time, in bytes: delay and pace are told of it.
const relayChunk = 2 << 10

// weather is the state of a relay's network. Connections are TCP, where a lost packet is one that comes late: what the
// network does to a connection is that bytes stand still, come late, come slowly, or never come again.
type weather struct {
	refuses bool             // new connections are reset
	stalled [2]bool          // a direction stands still: half open when one does, a black hole when both do
	delay   [2]time.Duration // of every byte
	pace    time.Duration    // least time between two chunks
}

// relay passes TCP connections on to a broker, through a network that can be spoilt.
type relay struct {
	listener net.Listener
	target   string

	mu      sync.Mutex // guards all below
	weather weather
	changed chan struct{} // closed when weather changes
	pairs   map[*pair]struct{}

	conns sync.WaitGroup
}

// pair is one connection of an agent's and the one to the broker that belongs to it.
type pair struct {
	agent, broker net.Conn
	once          sync.Once
	ended         chan struct{}
	forgotten     atomic.Bool // the agent's end stays open and is read, for nothing
}

// newRelay listens on a free port of the loopback interface.
func newRelay(ctx context.Context, target string) (*relay, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &relay{listener: l, target: target, changed: make(chan struct{}), pairs: map[*pair]struct{}{}}, nil
}

// address is where agents connect to.
func (r *relay) address() string { return r.listener.Addr().String() }

// run accepts until ctx is done, then ends every connection.
func (r *relay) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = r.listener.Close(); r.cut() })
	defer stop()
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			break
		}
		r.conns.Go(func() { r.serve(ctx, conn) })
	}
	r.conns.Wait()
}

func (r *relay) serve(ctx context.Context, agent net.Conn) {
	if w, _ := r.now(); w.refuses {
		reset(agent)
		return
	}
	broker, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", r.target)
	if err != nil {
		reset(agent)
		return
	}
	p := &pair{agent: agent, broker: broker, ended: make(chan struct{})}
	r.mu.Lock()
	r.pairs[p] = struct{}{}
	r.mu.Unlock()
	if ctx.Err() != nil { // run may have looked already
		p.end(reset)
	}
	var ways sync.WaitGroup
	ways.Go(func() { r.carry(p, toBroker, agent, broker) })
	ways.Go(func() { r.carry(p, fromBroker, broker, agent) })
	ways.Wait()
	r.mu.Lock()
	delete(r.pairs, p)
	r.mu.Unlock()
}

// late is a chunk and when it may arrive.
type late struct {
	bytes []byte
	due   time.Time
}

// carry brings one direction's bytes over, in their order.
func (r *relay) carry(p *pair, direction int, from, to net.Conn) {
	way := make(chan late, 256)
	var writer sync.WaitGroup
	writer.Go(func() {
		for l := range way {
			if !r.pass(p, direction, l.due) {
				continue // ended: what is still on its way is lost
			}
			if _, err := to.Write(l.bytes); err != nil {
				p.end(reset)
			}
		}
	})
	for {
		b := make([]byte, relayChunk)
		n, err := from.Read(b)
		if n > 0 {
			w, _ := r.now()
			way <- late{bytes: b[:n], due: time.Now().Add(w.delay[direction])}
		}
		if err != nil {
			break
		}
	}
	close(way)
	writer.Wait() // what was sent before the end arrives before it
	if direction == toBroker || !p.forgotten.Load() {
		p.end(func(c net.Conn) { _ = c.Close() })
	}
}

// pass waits until a chunk may go on; false when the connection has ended.
func (r *relay) pass(p *pair, direction int, due time.Time) bool {
	if w, _ := r.now(); w.pace > 0 {
		if next := time.Now().Add(w.pace); next.After(due) {
			due = next
		}
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ended:
		return false
	}
	for {
		w, changed := r.now()
		if !w.stalled[direction] {
			return true
		}
		select {
		case <-changed:
		case <-p.ended:
			return false
		}
	}
}

func (r *relay) now() (weather, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.weather, r.changed
}

// become changes the weather.
func (r *relay) become(w weather) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.weather = w
	close(r.changed)
	r.changed = make(chan struct{})
}

// cut resets every connection, with what is on its way in both directions.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.pairs {
		p.end(reset)
	}
}

// forget resets the broker's ends only: the agents' stay open and nothing ever comes, as behind a NAT that has lost its table.
func (r *relay) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.pairs {
		p.forgotten.Store(true)
		reset(p.broker)
		p.once.Do(func() { close(p.ended) })
	}
}

// end closes both ends.
func (p *pair) end(how func(net.Conn)) {
	how(p.agent)
	how(p.broker)
	p.once.Do(func() { close(p.ended) })
}

// reset closes a connection with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closed already, at worst
	}
	_ = c.Close()
}
