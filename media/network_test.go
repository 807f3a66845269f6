package media

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is an in-memory packet network for bubbles of testing/synctest. Each bubble makes its own.
type network struct {
	mu    sync.Mutex
	socks map[netip.AddrPort]*sock
	next  uint16

	delay time.Duration
	drop  func(from, to netip.AddrPort, data []byte) bool          // nil: nothing is lost
	late  func(from, to netip.AddrPort, data []byte) time.Duration // nil: nothing is late
	copy  func(data []byte) bool                                   // nil: nothing is doubled
}

type datagram struct {
	data []byte
	from netip.AddrPort
}

type sock struct {
	net    *network
	local  netip.AddrPort
	in     chan datagram
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network {
	return &network{socks: map[netip.AddrPort]*sock{}, next: 20000}
}

func (n *network) listen(local netip.AddrPort) (net.PacketConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if local.Port() == 0 {
		n.next++
		local = netip.AddrPortFrom(local.Addr(), n.next)
	}
	if n.socks[local] != nil {
		return nil, fmt.Errorf("listen: %w", syscall.EADDRINUSE)
	}
	s := &sock{net: n, local: local, in: make(chan datagram, 1000), closed: make(chan struct{})}
	n.socks[local] = s
	return s, nil
}

func (s *sock) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-s.in:
		return copy(b, d.data), net.UDPAddrFromAddrPort(d.from), nil
	case <-s.closed:
		return 0, nil, net.ErrClosed
	}
}

func (s *sock) WriteTo(b []byte, addr net.Addr) (int, error) {
	to := addrPort(addr)
	delay, copies := s.net.fate(s.local, to, b)
	for range copies {
		s.net.deliver(datagram{append([]byte(nil), b...), s.local}, to, delay)
	}
	return len(b), nil
}

// fate decides what becomes of a packet.
func (n *network) fate(from, to netip.AddrPort, b []byte) (delay time.Duration, copies int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.drop != nil && n.drop(from, to, b) {
		return 0, 0
	}
	delay, copies = n.delay, 1
	if n.late != nil {
		delay += n.late(from, to, b)
	}
	if n.copy != nil && n.copy(b) {
		copies = 2
	}
	return delay, copies
}

func (n *network) deliver(d datagram, to netip.AddrPort, delay time.Duration) {
	hand := func() {
		n.mu.Lock()
		dst := n.socks[to]
		n.mu.Unlock()
		if dst != nil {
			select {
			case dst.in <- d:
			default:
			}
		}
	}
	if delay == 0 {
		hand()
		return
	}
	time.AfterFunc(delay, hand)
}

func (s *sock) Close() error {
	s.once.Do(func() {
		s.net.mu.Lock()
		delete(s.net.socks, s.local)
		s.net.mu.Unlock()
		close(s.closed)
	})
	return nil
}

func (s *sock) LocalAddr() net.Addr            { return net.UDPAddrFromAddrPort(s.local) }
func (*sock) SetDeadline(time.Time) error      { return nil }
func (*sock) SetReadDeadline(time.Time) error  { return nil }
func (*sock) SetWriteDeadline(time.Time) error { return nil }

var (
	hostA = netip.MustParseAddr("192.0.2.1")
	hostB = netip.MustParseAddr("192.0.2.2")
	hostC = netip.MustParseAddr("192.0.2.3")
)

// startEngine runs an engine on the network until the test ends or stop is called.
func (n *network) startEngine(t *testing.T, host netip.Addr, change ...func(*Options)) (e *Engine, stop func()) {
	t.Helper()
	opts := Options{FirstPort: 10000, LastPort: 10999, Address: host, Listen: n.listen, Alarm: NewTimerAlarm()}
	for _, f := range change {
		f(&opts)
	}
	e, err := NewEngine(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("engine: %v", err)
			}
		})
	}
	return e, stop
}

// pair are two engines with a session each.
type pair struct {
	net   *network
	a, b  *Session
	stopA func()
	stopB func()
}

func newPair(t *testing.T, change ...func(*Options)) *pair {
	t.Helper()
	p := &pair{net: newNetwork()}
	var ea, eb *Engine
	ea, p.stopA = p.net.startEngine(t, hostA, change...)
	eb, p.stopB = p.net.startEngine(t, hostB, change...)
	p.a, p.b = open(t, ea), open(t, eb)
	return p
}

func (p *pair) stop() {
	p.stopA()
	p.stopB()
}

// talk starts both sessions with each other.
func (p *pair) talk(change ...func(*Params)) {
	to := func(host netip.Addr, s *Session) Params {
		params := Params{
			Remote: netip.AddrPortFrom(host, uint16(s.Port())), Codec: "PCMA", PayloadType: 8, DTMF: 101, Direction: "sendrecv",
		}
		for _, f := range change {
			f(&params)
		}
		return params
	}
	p.a.Update(to(hostB, p.b))
	p.b.Update(to(hostA, p.a))
}

func open(t *testing.T, e *Engine) *Session {
	t.Helper()
	s, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recorder is a Sink that keeps everything.
type recorder struct {
	mu  sync.Mutex
	pcm []int16
}

func (r *recorder) Frame(pcm []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pcm = append(r.pcm, pcm...)
}

func (r *recorder) take() []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	pcm := r.pcm
	r.pcm = nil
	return pcm
}

// wait lets bubble time pass.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
