package sipua

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// overTCP gives a phone a listener for streams and a way to open them.
func overTCP(n *siptest.Network, addr string) func(*Options) {
	host := netip.MustParseAddrPort(addr).Addr().String()
	return func(o *Options) {
		o.Wire.Streams = []net.Listener{n.ListenStream(addr)}
		o.Wire.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) { return n.Dial(ctx, host, to) }
	}
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
