package sipua

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// invited is a phone that a peer, which the test plays, calls.
func invited(t *testing.T, body string, change ...func(*Options)) (*phone, *siptest.Peer, *siptest.Message, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	bob := newPhone(t, n, "10.0.0.2:5060", change...)
	peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
	if body == "offer" {
		body = siptest.SDP(peer.Addr().Addr(), 3000)
	}
	invite := peer.Request(bob.addr, siptest.Request{Body: body})
	peer.Expect(siptest.Status(100, "INVITE"))
	synctest.Wait()
	c, l := bob.call(t)
	return bob, peer, invite, c, l
}

func TestEveryResponseHasTheSameTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invited(t, "offer")
		do(t, c.Progress())
		do(t, c.Ring())
		progress, ringing := peer.Expect(siptest.Status(183, "INVITE")), peer.Expect(siptest.Status(180, "INVITE"))
		peer.Request(bob.addr, siptest.Request{
			Method: "CANCEL", URI: "sip:peer@10.0.0.2:5060", CallID: invite.Header("Call-ID"), Branch: invite.Param("Via", "branch"),
		})

		ok, final := peer.Expect(siptest.Status(200, "CANCEL")), peer.Expect(siptest.Status(487, "INVITE"))
		tag := progress.Param("To", "tag")
		for _, m := range []*siptest.Message{ringing, ok, final} {
			if m.Param("To", "tag") != tag || tag == "" {
				t.Errorf("tag %q, want %q:\n%s", m.Param("To", "tag"), tag, m.Raw)
			}
		}
	})
}

func TestUnacknowledged200IsRepeatedThenEndedWithBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _, c, l := invited(t, "offer")
		start := time.Now()
		do(t, c.Answer())
		var times []time.Duration
		for range 11 {
			times = append(times, peer.Expect(siptest.Status(200, "INVITE")).At.Sub(start))
		}
		// RFC 3261 section 13.3.1.4: T1, doubling up to T2.
		want := []int64{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}
		for i := range want {
			if times[i].Milliseconds() != want[i] {
				t.Errorf("200 number %d after %s, want %d ms", i, times[i], want[i])
			}
		}
		bye := peer.Expect(siptest.Is("BYE"))
		if bye.At.Sub(start) != 32*time.Second {
			t.Errorf("BYE after %s", bye.At.Sub(start))
		}
		peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		expectLines(t, "callee", l.told(), "answered PCMU sendrecv", "ended network last=200", "settled")
		if e, _ := l.ended(); e.Reason != "no ACK for our 200" {
			t.Errorf("%+v", e)
		}
	})
}

func TestHangupBeforeTheACKWaitsForIt(t *testing.T) {
	for _, acknowledge := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			_, peer, invite, c, l := invited(t, "offer")
			do(t, c.Answer())
			ok := peer.Expect(siptest.Status(200, "INVITE"))
			do(t, c.Hangup(Release{}))
			peer.ExpectNone(siptest.Is("BYE"), 3*time.Second)
			if acknowledge {
				peer.ACK(invite, ok)
			} else {
				after(30 * time.Second)
			}
			peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
			synctest.Wait()
			expectLines(t, "callee", l.told(), "answered PCMU sendrecv", "ended local last=200", "settled")
		})
	}
}

func TestInviteWithoutAnOfferGetsOursAndTheACKAnswersIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invited(t, "")
		do(t, c.Progress())
		if m := peer.Expect(siptest.Status(183, "INVITE")); m.Body() != "" {
			t.Error("an offer in an unreliable response")
		}
		do(t, c.Answer())
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		if ok.Body() == "" {
			t.Fatal("no offer")
		}
		peer.Request(bob.addr, siptest.Request{
			Method: "ACK", URI: ok.ContactURI(), CallID: invite.Header("Call-ID"), To: ok.Header("To"), From: invite.Header("From"),
			Body: answer(peer),
		})
		synctest.Wait()
		expectLines(t, "callee", l.told(), "alerting 183", "answered  inactive", "media sendrecv")
	})
}

func TestACKWithoutTheAnswerEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, l := invited(t, "")
		do(t, c.Answer())
		peer.ACK(invite, peer.Expect(siptest.Status(200, "INVITE")))
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		expectLines(t, "callee", l.told(), "answered  inactive", "ended local last=200", "settled")
	})
}

func TestByeInTheEarlyDialogIsAnswered487(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invited(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		peer.Request(bob.addr, peer.InDialog(invite, ringing, "BYE", 2))
		peer.Expect(siptest.Status(200, "BYE"))
		peer.ACK(invite, peer.Expect(siptest.Status(487, "INVITE")))
		synctest.Wait()
		expectLines(t, "callee", l.told(), "alerting 180", "ended remote last=487", "settled")
	})
}

func TestFinalResponseIsRepeatedUntilTheACK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _, c, l := invited(t, "offer")
		do(t, c.Reject(486, "Busy"))
		for range 11 {
			peer.Expect(siptest.Status(486, "INVITE"))
		}
		after(time.Minute)
		expectLines(t, "callee", l.told(), "ended local last=486", "settled")
	})
}

func TestCommandsThatCameTooLateChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, l := invited(t, "offer")
		do(t, c.Reject(486, ""))
		peer.ACK(invite, peer.Expect(siptest.Status(486, "INVITE")))
		for _, command := range []func() error{c.Progress, c.Ring, c.Answer, c.Hold, c.Resume, func() error { return c.Hangup(Release{}) }, func() error { return c.Reject(603, "") }} {
			do(t, command())
		}
		expectLines(t, "callee", l.told(), "ended local last=486", "settled")
		after(time.Minute)
		if err := c.Ring(); !errors.Is(err, ErrCallOver) {
			t.Errorf("after the end: %v", err)
		}
		if err := c.Reject(200, ""); err == nil {
			t.Error("200 is no refusal")
		}
	})
}

func TestCallThatNobodyTakesGets480(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Incoming = nil })
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{})
		peer.ACK(invite, peer.Expect(siptest.Status(480, "INVITE")))
		after(time.Minute)
		if len(bob.Calls()) != 0 || len(bob.actors) != 0 {
			t.Error("something is left of it")
		}
	})
}

func TestReasonOfTheOtherSideIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, _, l := invited(t, "offer")
		peer.Request(bob.addr, siptest.Request{
			Method: "CANCEL", URI: "sip:peer@10.0.0.2:5060", CallID: invite.Header("Call-ID"), Branch: invite.Param("Via", "branch"),
			Headers: []string{`Reason: SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26`},
		})
		peer.Expect(siptest.Status(200, "CANCEL"))
		peer.ACK(invite, peer.Expect(siptest.Status(487, "INVITE")))
		synctest.Wait()
		e, _ := l.ended()
		if e.Side != trace.Remote || e.Status != 200 || e.Q850 != 26 || e.Reason != "Call completed elsewhere" || !e.Cancelled {
			t.Errorf("%+v", e)
		}
	})
}

func TestParametersOfARecordRouteAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		bob := newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Answer() }
		peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
		invite := peer.Request(bob.addr, siptest.Request{
			Headers: []string{`Record-Route: <sip:10.0.0.1;lr>;x="a,;b", "P" <sip:10.0.0.1:5070;lr>;y;z=1`, "Record-Route: <sip:10.0.0.1:5080;lr>"},
			Body:    siptest.SDP(peer.Addr().Addr(), 3000),
		})
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		want := []string{`<sip:10.0.0.1;lr>;x="a,;b"`, `<sip:10.0.0.1:5070;lr>;y;z=1`, "<sip:10.0.0.1:5080;lr>"}
		if got := ok.Headers("Record-Route"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		peer.ACK(invite, ok)
		synctest.Wait()
		c, _ := bob.call(t)
		do(t, c.Hangup(Release{}))
		bye := peer.Expect(siptest.Is("BYE"))
		routes := []string{"<sip:10.0.0.1;lr>", "<sip:10.0.0.1:5070;lr>", "<sip:10.0.0.1:5080;lr>"}
		if got := bye.Headers("Route"); !slices.Equal(got, routes) {
			t.Errorf("routes %q, want %q", got, routes)
		}
	})
}
