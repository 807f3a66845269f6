package sipua

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// overTCP gives a phone a listener for streams.
func overTCP(n *siptest.Network, addr string) func(*Options) {
	return func(o *Options) { o.Wire.Streams = []net.Listener{n.ListenStream(addr)} }
}

func TestCallOverTCPWithHoldByEachSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", overTCP(n, "10.0.0.1:5060"))
		bob := newPhone(t, n, "10.0.0.2:5060", overTCP(n, "10.0.0.2:5060"))
		bob.take = func(c *Call, _ *log) { _ = c.Ring(); _ = c.Answer() }
		out, a := alice.dialURI(t, "sip:bob@10.0.0.2;transport=tcp")
		after(time.Second)
		in, b := bob.call(t)
		for _, command := range []func() error{out.Hold, out.Resume, in.Hold, in.Resume} {
			do(t, command())
			after(time.Second)
		}
		do(t, in.Hangup(Release{Side: trace.Local}))
		after(time.Second)
		for _, l := range []*log{a, b} {
			if !l.has("settled") || !l.has("hold.confirmed by local") || !l.has("hold.resumed by remote") {
				t.Errorf("%v", l.said())
			}
			for _, m := range l.messages {
				if m.Transport != "tcp" || m.Retransmission != 0 {
					t.Errorf("%+v", m)
				}
			}
		}
		after(time.Minute)
		if len(alice.actors)+len(bob.actors) != 0 {
			t.Error("an actor is left")
		}
	})
}

func TestConnectionThatIsRefusedEndsTheCallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", overTCP(n, "10.0.0.1:5060"))
		_, a := alice.dialURI(t, "sip:bob@10.0.0.9;transport=tcp")
		after(time.Second)
		expectLines(t, "caller", a.told(), "ended network last=0", "settled")
		if e, _ := a.ended(); e.Reason == "no response" {
			t.Errorf("%+v", e)
		}
	})
}

// wordy makes every message of a phone too long for a datagram.
func wordy(o *Options) { o.UserAgent = strings.Repeat("long ", 300) }

// transports are those of the messages sent, each with its method, retransmissions left out.
func (l *log) transports() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for i, m := range l.messages {
		if l.kinds[i] == trace.SIPSent && m.Status == 0 && m.Retransmission == 0 {
			all = append(all, m.Method+" "+m.Transport)
		}
	}
	return strings.Join(all, ", ")
}

func TestRequestsThatAreTooLongForADatagramGoOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", wordy)
		bob := newPhone(t, n, "10.0.0.2:5060", overTCP(n, "10.0.0.2:5060"))
		bob.take = func(c *Call, _ *log) { _ = c.Ring(); _ = c.Answer() }
		out, a := alice.dial(t, bob)
		after(time.Second)
		_, b := bob.call(t)
		if via := b.messages[0].Raw; !strings.Contains(via, "\r\nVia: SIP/2.0/TCP 10.0.0.1:5060;") || !strings.Contains(via, "\r\nContact: <sip:10.0.0.1:5060>\r\n") {
			t.Errorf("INVITE:\n%s", via)
		}
		do(t, out.Hangup(Release{Side: trace.Local}))
		after(time.Second)
		if got := a.transports(); got != "INVITE tcp, ACK tcp, BYE tcp" || !b.has("settled") {
			t.Errorf("sent %s; %v", got, b.said())
		}
	})
}

func TestRequestThatIsTooLongGoesByDatagramWhereThereIsNoTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", wordy)
		bob := newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Ring() }
		out, a := alice.dial(t, bob)
		after(time.Second)
		_, b := bob.call(t)
		do(t, out.Hangup(Release{Side: trace.Local}))
		after(time.Second)
		if got := a.transports(); got != "INVITE tcp, INVITE udp, CANCEL udp, ACK udp" {
			t.Errorf("sent %s", got)
		}
		if raw := b.messages[0].Raw; !strings.Contains(raw, "\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;") {
			t.Errorf("INVITE:\n%s", raw)
		}
		if i := slices.Index(a.wire(), ">INVITE*"); i >= 0 {
			t.Errorf("the INVITE counts as repeated: %v", a.wire())
		}
		if !a.has("settled") || !b.has("settled") {
			t.Errorf("%v\n%v", a.said(), b.said())
		}
	})
}

func TestPeerThatDropsConnectionsIsAskedForOneNowAndThenOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		attempts := 0
		alice := newPhone(t, n, "10.0.0.1:5060", wordy, func(o *Options) {
			o.Wire.Dial = func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
				attempts++
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		bob := newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Reject(486, "") }
		for _, call := range []struct {
			later    time.Duration
			wait     time.Duration // until the datagram
			attempts int           // so far
		}{{0, 2 * time.Second, 1}, {0, 0, 1}, {4 * time.Minute, 0, 1}, {2 * time.Minute, 2 * time.Second, 2}} {
			after(call.later)
			began := time.Now()
			_, l := alice.dial(t, bob)
			after(2 * time.Second)
			e, ok := l.ended()
			if took := e.At.Sub(began); !ok || e.LastResponse != 486 || took != call.wait || attempts != call.attempts {
				t.Errorf("%+v: %d attempts, ended %t with %d after %s", call, attempts, ok, e.LastResponse, took)
			}
		}
	})
}
