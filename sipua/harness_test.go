package sipua

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// log is an Observer that keeps what it is told.
type log struct {
	react func(Signal) // on the call's goroutine

	mu       sync.Mutex
	lines    []string
	signals  []Signal
	messages []trace.SIP
	kinds    []trace.Kind
	times    []time.Time
}

func (l *log) Message(at time.Time, kind trace.Kind, m trace.SIP) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what := m.Method
	if m.Status != 0 {
		what = fmt.Sprintf("%d/%s", m.Status, m.Method)
	}
	arrow := "<"
	if kind == trace.SIPSent {
		arrow = ">"
	}
	if m.Retransmission > 0 {
		what += "*"
	}
	l.lines = append(l.lines, arrow+what)
	l.messages, l.kinds, l.times = append(l.messages, m), append(l.kinds, kind), append(l.times, at)
}

func (l *log) Signal(_ time.Time, s Signal) {
	l.mu.Lock()
	if _, internal := s.(Standing); !internal { // it says what the others have said
		l.lines = append(l.lines, describe(s))
	}
	l.signals = append(l.signals, s)
	react := l.react
	l.mu.Unlock()
	if react != nil {
		react(s)
	}
}

func describe(s Signal) string {
	switch s := s.(type) {
	case Alerting:
		text := fmt.Sprintf("alerting %d", s.Status)
		if s.EarlyMedia {
			text += " media"
		}
		if s.Reliable {
			text += " reliable"
		}
		return text
	case Answered:
		return fmt.Sprintf("answered %s %s", s.Media.Codec, s.Media.Direction)
	case MediaChanged:
		return fmt.Sprintf("media %s", s.Media.Direction)
	case Held:
		text := fmt.Sprintf("%s by %s", s.Kind, s.Hold.By)
		if s.Hold.Status != 0 {
			text += fmt.Sprintf(" %d", s.Hold.Status)
		}
		return text
	case Suspension:
		return fmt.Sprintf("%s by the %s", s.Kind, s.Suspend.Initiator)
	case Keyed:
		return fmt.Sprintf("key %c", s.Key)
	case Ended:
		return fmt.Sprintf("ended %s last=%d", s.Side, s.LastResponse)
	case Settled:
		return "settled"
	default:
		return fmt.Sprintf("%T", s)
	}
}

// said is everything so far, in order.
func (l *log) said() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// told is said without the messages.
func (l *log) told() []string {
	return slices.DeleteFunc(l.said(), func(s string) bool { return s[0] == '<' || s[0] == '>' })
}

// wire is said without the signals.
func (l *log) wire() []string {
	return slices.DeleteFunc(l.said(), func(s string) bool { return s[0] != '<' && s[0] != '>' })
}

func (l *log) has(line string) bool { return slices.Contains(l.said(), line) }

func (l *log) ended() (e Ended, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.signals {
		if e, ok = s.(Ended); ok {
			return e, true
		}
	}
	return Ended{}, false
}

// phone is a user agent on a network in memory, with what it does with calls.
type phone struct {
	*UserAgent
	addr netip.AddrPort

	mu       sync.Mutex
	calls    []*Call
	logs     []*log
	rejected []trace.Rejected
	take     func(*Call, *log) // what to do with an incoming call
	stop     context.CancelFunc
	stopped  chan struct{}
}

func newPhone(t *testing.T, n *siptest.Network, addr string, change ...func(*Options)) *phone {
	t.Helper()
	p := &phone{addr: netip.MustParseAddrPort(addr), stopped: make(chan struct{})}
	o := Options{
		Hold: hold.Options{Method: hold.ReINVITE}, // most holds of these tests are there for what INVITE does
		Wire: wire.Options{
			Packets: []net.PacketConn{n.Listen(addr)},
			Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
				return n.Dial(ctx, netip.MustParseAddrPort(addr).Addr().String(), to)
			},
		}, UserAgent: "test", Logger: zap.NewNop(),
		Incoming: p.incoming,
		Rejected: func(r trace.Rejected) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.rejected = append(p.rejected, r)
		},
	}
	for _, f := range change {
		f(&o)
	}
	ua, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.UserAgent = ua
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	go func() {
		defer close(p.stopped)
		if err := ua.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-p.stopped })
	return p
}

func (p *phone) incoming(c *Call) (Observer, LocalMedia) {
	l := &log{}
	p.mu.Lock()
	p.calls, p.logs = append(p.calls, c), append(p.logs, l)
	take := p.take
	p.mu.Unlock()
	if take != nil {
		take(c, l)
	}
	return l, LocalMedia{Port: 4000}
}

// call is the newest incoming call.
func (p *phone) call(t *testing.T) (*Call, *log) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		t.Fatal("no call came in")
	}
	return p.calls[len(p.calls)-1], p.logs[len(p.logs)-1]
}

func (p *phone) dial(t *testing.T, to *phone) (*Call, *log) {
	t.Helper()
	return p.dialURI(t, "sip:bob@"+to.addr.String())
}

func (p *phone) dialURI(t *testing.T, target string) (*Call, *log) {
	t.Helper()
	l := &log{}
	c, err := p.Dial(Dial{Target: target, Media: LocalMedia{Port: 3000}}, l)
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

// reported adds up what was rejected.
func (p *phone) reported() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := map[string]int{}
	for _, r := range p.rejected {
		for reason, n := range r.Reasons {
			sum[reason] += n
		}
	}
	return sum
}

func (p *phone) reports() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rejected)
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func expectLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// after lets time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// emptyWire is a socket that nothing comes in on.
func emptyWire(n *siptest.Network) wire.Options {
	return wire.Options{Packets: []net.PacketConn{n.Listen("10.0.0.1:5060")}}
}
