package sipua

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
)

// answers counts the responses that came to a peer.
func answers(p *siptest.Peer) int {
	p.ExpectNone(siptest.Is("NOTHING"), time.Second) // reads what is there
	n := 0
	for _, m := range p.Received() {
		if m.Status() != 0 {
			n++
		}
	}
	return n
}

func TestFloodFromOneSourceIsCutOffAndCostsNobodyElseAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		flood, caller := siptest.NewPeer(t, n.Listen("10.0.0.66:5060")), siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		const sent = 5000
		for range sent {
			flood.Request(bob.addr, siptest.Request{Method: "OPTIONS"})
			synctest.Wait()
		}
		if got := answers(flood); got < 150 || got > 250 {
			t.Errorf("%d of %d answered", got, sent)
		}
		caller.Request(bob.addr, siptest.Request{Method: "OPTIONS"})
		caller.Expect(siptest.Status(200, "OPTIONS"))
		after(2 * time.Minute)
		if got := bob.reported()[wire.RefusedRate]; got < sent-250 {
			t.Errorf("%d counted", got)
		}
		if bob.reports() > 3 {
			t.Errorf("%d reports", bob.reports())
		}
	})
}

func TestAnsweredCallSurvivesAFloodFromItsPeersNeighbour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		call, a := alice.dial(t, bob)
		after(time.Second)
		neighbour := siptest.NewPeer(t, n.Listen("10.0.0.1:5999")) // behind the same router
		for range 2000 {
			neighbour.Request(bob.addr, siptest.Request{Method: "OPTIONS"})
			neighbour.Send(alice.addr, "junk")
		}
		do(t, call.Hold())
		after(time.Second)
		do(t, call.Hangup(Release{}))
		after(time.Second)
		_, b := bob.call(t)
		for _, l := range []*log{a, b} {
			if _, ended := l.ended(); !ended || !l.has("hold.confirmed by local") && !l.has("hold.confirmed by remote") {
				t.Errorf("%v", l.said())
			}
		}
	})
}

func TestTrustOfACallEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Guard.Rate, o.Guard.Burst = 1, 5 })
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000)})
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		peer.ACK(invite, ok)
		for cseq := range 20 {
			peer.Request(bob.addr, peer.InDialog(invite, ok, "OPTIONS", cseq+2))
			peer.Expect(siptest.Status(200, "OPTIONS"))
		}
		peer.Request(bob.addr, peer.InDialog(invite, ok, "BYE", 30))
		peer.Expect(siptest.Status(200, "BYE"))
		after(5 * time.Minute)
		before := answers(peer)
		for range 20 {
			peer.Request(bob.addr, siptest.Request{Method: "OPTIONS"})
		}
		if got := answers(peer) - before; got != 5 {
			t.Errorf("%d answered after the call, want 5", got)
		}
	})
}

func TestMessagesOfTheProxyAreServedDuringAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) {
			o.Accounts = []Account{{AOR: "sip:bob@example.com", OutboundProxy: "sip:10.0.0.3"}}
			o.Guard.Strangers = 10
		})
		proxy, flood := siptest.NewPeer(t, n.Listen("10.0.0.3:5060")), siptest.NewPeer(t, n.Listen("10.0.0.66:5060"))
		synctest.Wait()
		for range 100 {
			flood.Request(bob.addr, siptest.Request{Method: "OPTIONS"})
			proxy.Request(bob.addr, siptest.Request{Method: "OPTIONS", URI: "sip:bob@10.0.0.2"})
			proxy.Expect(siptest.Status(200, "OPTIONS"))
		}
		if got := answers(flood); got > 30 {
			t.Errorf("%d answers to the flood", got)
		}
	})
}

func TestScannerOfUsersAndMethodsIsSilenced(t *testing.T) {
	for name, req := range map[string]siptest.Request{
		"users":   {Method: "OPTIONS"},
		"methods": {Method: "DANCE", URI: "sip:bob@10.0.0.2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Accounts = []Account{{AOR: "sip:bob@example.com"}} })
				scanner := siptest.NewPeer(t, n.Listen("10.0.0.66:5060"))
				start := time.Now()
				for i := range 600 {
					if name == "users" {
						req.URI = fmt.Sprintf("sip:%d@10.0.0.2", 1000+i)
					}
					scanner.Request(bob.addr, req)
					after(time.Second)
				}
				if got := answers(scanner); got < 10 || got > 30 {
					t.Errorf("%d of 600 answered in %s", got, time.Since(start))
				}
				after(2 * time.Minute)
				if got := bob.reported(); got[wire.RefusedSilenced] < 300 {
					t.Errorf("reported %v", got)
				}
				if got := bob.reports(); got > 15 {
					t.Errorf("%d reports in %s", got, time.Since(start))
				}
			})
		})
	}
}
