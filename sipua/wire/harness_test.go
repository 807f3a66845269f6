package wire

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sidetone/internal/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log is what an endpoint told its owner.
type log struct {
	mu       sync.Mutex
	inbound  []Inbound
	refused  []string
	failed   []error
	tokens   []any
	arrivals chan Inbound // nil: nobody waits
}

func (l *log) deliver(in Inbound) {
	l.mu.Lock()
	l.inbound = append(l.inbound, in)
	l.mu.Unlock()
	if l.arrivals != nil {
		l.arrivals <- in
	}
}

func (l *log) options() Options {
	return Options{
		Deliver: l.deliver,
		Refused: func(reason string, _ netip.AddrPort) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.refused = append(l.refused, reason)
		},
		Failed: func(o Outbound, err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.failed = append(l.failed, err)
			l.tokens = append(l.tokens, o.Token)
		},
	}
}

// callIDs are those of the messages delivered, faults marked.
func (l *log) callIDs() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, in := range l.inbound {
		id := "none"
		if h := in.Message.CallID(); h != nil {
			id = h.Value()
		}
		if in.Fault != nil {
			id += "!"
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func (l *log) refusals() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.refused, " ")
}

func (l *log) failures() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failed) == 0 {
		return 0, nil
	}
	return len(l.failed), l.failed[0]
}

// start opens and runs an endpoint until stop, which waits for Run to return.
func start(t *testing.T, o Options) (e *Endpoint, stop func()) {
	t.Helper()
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	var once sync.Once
	return e, func() {
		t.Helper()
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// onNetwork is an endpoint at 10.0.0.1:5060, over UDP and TCP.
func onNetwork(t *testing.T, n *siptest.Network, l *log, limits Limits) (*Endpoint, func()) {
	t.Helper()
	o := l.options()
	o.Packets = []net.PacketConn{n.Listen("10.0.0.1:5060")}
	o.Streams = []net.Listener{n.ListenStream("10.0.0.1:5060")}
	o.Dial = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
		return n.Dial(ctx, "10.0.0.1", remote)
	}
	o.Limits = limits
	return start(t, o)
}

var us = netip.MustParseAddrPort("10.0.0.1:5060")

func dial(t *testing.T, n *siptest.Network, from string) net.Conn {
	t.Helper()
	c, err := n.Dial(context.Background(), from, us)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// readText reads from a stream until it has at least n bytes, or the stream ends or is silent for a minute.
func readText(c net.Conn, n int) string {
	var got []byte
	buf := make([]byte, 4096)
	_ = c.SetReadDeadline(time.Now().Add(time.Minute)) // a closed stream says so on Read
	for len(got) < n {
		m, err := c.Read(buf)
		got = append(got, buf[:m]...)
		if err != nil {
			break
		}
	}
	return string(got)
}

// pass lets time go by in a synctest bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// id is a sound request with a Call-ID.
func id(callID string) string { return with("Call-ID: " + callID) }
