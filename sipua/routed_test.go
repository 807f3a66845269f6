package sipua

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
)

func TestWayToAPeerIsAskedForOnceInAWhile(t *testing.T) {
	var r routed
	asked := 0
	ask := func() netip.AddrPort { asked++; return netip.MustParseAddrPort("10.0.0.1:5060") }
	now := time.Unix(1000, 0)
	from := func(addr string) wire.Flow {
		return wire.Flow{Transport: wire.UDP, Remote: netip.MustParseAddrPort(addr)}
	}
	for _, tc := range []struct {
		at   time.Duration
		from string
		want int
	}{
		{0, "10.0.0.2:5060", 1}, {time.Second, "10.0.0.2:5061", 1}, {time.Second, "10.0.0.3:5060", 2}, {routedFor, "10.0.0.2:5060", 3},
	} {
		if r.local(now.Add(tc.at), from(tc.from), ask); asked != tc.want {
			t.Errorf("%+v: asked %d times", tc, asked)
		}
	}
	for i := range 2 * maxRouted {
		r.local(now, from(fmt.Sprintf("10.1.%d.%d:5060", i/256, i%256)), ask)
	}
	if len(r.known) > maxRouted {
		t.Errorf("%d are remembered", len(r.known))
	}
}

func TestFloodOfRequestsThatAreRefusedAsksForNoWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Accounts = []Account{{AOR: "sip:bob@example.com"}} })
		for i := range 50 {
			peer := siptest.NewPeer(t, n.Listen(fmt.Sprintf("10.0.1.%d:5060", i+1)))
			for _, method := range []string{"INVITE", "OPTIONS", "MESSAGE", "BYE"} {
				peer.Request(bob.addr, siptest.Request{Method: method, URI: "sip:100@10.0.0.2"})
			}
			peer.Request(bob.addr, siptest.Request{URI: "sip:bob@10.0.0.2", Headers: []string{"Replaces: x;to-tag=a;from-tag=b"}})
		}
		synctest.Wait()
		if got := len(bob.routed.known); got != 0 {
			t.Errorf("the way to %d of them was asked for", got)
		}
	})
}

// BenchmarkWayBackToAPeer has a socket that is bound to every address.
func BenchmarkWayBackToAPeer(b *testing.B) {
	ua, err := New(Options{Wire: wire.Options{Listen: []string{"udp://0.0.0.0:0"}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ua.endpoint.Close() })
	flow := wire.Flow{Transport: wire.UDP, Remote: netip.MustParseAddrPort("127.0.0.1:5060")}
	b.ReportAllocs()
	for b.Loop() {
		ua.pathOf(flow)
	}
}
