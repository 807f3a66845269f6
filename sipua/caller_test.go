package sipua

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// callee is a phone that calls a peer which the test plays.
func callee(t *testing.T) (*siptest.Network, *phone, *siptest.Peer, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice := newPhone(t, n, "10.0.0.1:5060")
	peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
	c, l := alice.dialURI(t, "sip:bob@10.0.0.2")
	return n, alice, peer, c, l
}

func answer(peer *siptest.Peer, lines ...string) string {
	return siptest.SDP(peer.Addr().Addr(), 4000, lines...)
}

func TestProvisionalsInEitherOrder(t *testing.T) {
	for _, order := range [][]int{{183, 180}, {180, 183}} {
		synctest.Test(t, func(t *testing.T) {
			_, _, peer, _, l := callee(t)
			invite := peer.Expect(siptest.Is("INVITE"))
			for _, status := range order {
				r := siptest.Reply{Status: status, Reason: "X"}
				if status == 183 {
					r.Body = answer(peer)
				}
				peer.Reply(invite, r)
				peer.Reply(invite, r) // again: no news
			}
			peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
			peer.Expect(siptest.Is("ACK"))
			synctest.Wait()
			want := map[int]string{183: "alerting 183 media", 180: "alerting 180"}
			expectLines(t, "caller", l.told(), want[order[0]], want[order[1]], "answered PCMU sendrecv")
		})
	}
}

func TestAnswerInAnEarlierProvisionalIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 183, Reason: "X", Body: answer(peer)})
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 183 media", "answered PCMU sendrecv")
	})
}

func TestAnswerThatCannotBeUsedEndsTheCall(t *testing.T) {
	for name, body := range map[string]string{"none": "", "junk": "x", "rejected": "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, peer, _, l := callee(t)
				peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: body})
				peer.Expect(siptest.Is("ACK"))
				peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
				synctest.Wait()
				expectLines(t, "caller", l.told(), "ended local last=200", "settled")
			})
		})
	}
}

func TestFirstForkThatAnswersWinsAndTheOtherIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "one"})
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "two"})
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "two", Body: answer(peer)})
		ack := peer.Expect(siptest.Is("ACK"))
		if ack.Param("To", "tag") != "two" || ack.CSeq() != 1 {
			t.Errorf("ACK for %s", ack.Raw)
		}
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "one", Body: answer(peer)})
		if ack := peer.Expect(siptest.Is("ACK")); ack.Param("To", "tag") != "one" {
			t.Errorf("ACK for %s", ack.Raw)
		}
		bye := peer.Expect(siptest.Is("BYE"))
		if bye.Param("To", "tag") != "one" || bye.CSeq() != 2 {
			t.Errorf("BYE for %s", bye.Raw)
		}
		peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "one", Body: answer(peer)})
		peer.Expect(siptest.Is("ACK")) // again, and no second BYE
		peer.ExpectNone(siptest.Is("BYE"), time.Second)
		if _, ended := l.ended(); ended {
			t.Error("the call ended")
		}
	})
}

func TestEvery2xxAgainGetsTheSameACKFor64T1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, c, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		ok := siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)}
		peer.Reply(invite, ok)
		first := peer.Expect(siptest.Is("ACK"))
		do(t, c.Hangup(Release{}))
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		after(31 * time.Second)
		peer.Reply(invite, ok)
		if again := peer.Expect(siptest.Is("ACK")); again.Raw != first.Raw {
			t.Errorf("another ACK:\n%s", again.Raw)
		}
		if !l.has(">ACK*") {
			t.Errorf("not counted as a retransmission: %v", l.said())
		}
		after(2 * time.Second)
		peer.Reply(invite, ok)
		peer.ExpectNone(siptest.Any, time.Second)
	})
}

func TestCancelWaitsForAProvisional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, c, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		do(t, c.Hangup(Release{Side: trace.Local, Text: "changed my mind"}))
		peer.ExpectNone(siptest.Is("CANCEL"), 100*time.Millisecond)
		peer.Reply(invite, siptest.Reply{Status: 100, Reason: "Trying"})
		cancel := peer.Expect(siptest.Is("CANCEL"))
		if cancel.Param("Via", "branch") != invite.Param("Via", "branch") || cancel.Header("CSeq") != "1 CANCEL" || cancel.Param("To", "tag") != "" ||
			cancel.Header("Session-ID") != invite.Header("Session-ID") || !strings.Contains(cancel.Header("Reason"), "changed my mind") {
			t.Errorf("CANCEL:\n%s", cancel.Raw)
		}
		after(time.Second)
		peer.Reply(cancel, siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, siptest.Reply{Status: 487, Reason: "Request Terminated"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "ended local last=487", "settled")
		e, _ := l.ended()
		if !e.Cancelled || time.Since(e.At) < time.Second {
			t.Errorf("the end is not when it was given up: %+v", e)
		}
	})
}

func TestRingTimeThatRanOutKeepsThe18x(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Ring() }
		c, a := alice.dial(t, bob)
		after(20 * time.Second)
		do(t, c.Hangup(Release{Side: trace.Timer, Text: "no answer"}))
		after(time.Minute)
		_, b := bob.call(t)
		expectLines(t, "caller", a.told(), "alerting 180", "ended timer last=180", "settled")
		expectLines(t, "callee", b.told(), "alerting 180", "ended remote last=487", "settled")
		if e, _ := b.ended(); !e.Cancelled || e.Reason != "no answer" {
			t.Errorf("callee: %+v", e)
		}
	})
}

func TestCancelThatCrossesThe200EndsWithBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, peer, c, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing"})
		synctest.Wait()
		do(t, c.Hangup(Release{}))
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
		peer.Reply(peer.Expect(siptest.Is("CANCEL")), siptest.Reply{Status: 200, Reason: "OK"})
		peer.Expect(siptest.Is("ACK"))
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 180", "ended local last=200", "settled")
	})
}

func TestCancelWithoutA487IsGivenUpAfter64T1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, peer, c, l := callee(t)
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 180, Reason: "Ringing"})
		synctest.Wait()
		do(t, c.Hangup(Release{}))
		after(31 * time.Second)
		if _, ended := l.ended(); ended {
			t.Error("ended too early")
		}
		after(2 * time.Second)
		expectLines(t, "caller", l.told(), "alerting 180", "ended local last=180", "settled")
		if len(alice.actors) != 0 {
			t.Error("the actor is still there")
		}
	})
}

func TestRouteSetOfThe2xxIsUsedAndFrozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060")
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		proxy := siptest.NewPeer(t, n.Listen("10.0.0.3:5080"))
		c, _ := alice.dialURI(t, "sip:bob@10.0.0.2")
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{
			Status: 200, Reason: "OK", Body: answer(peer), Contact: "<sip:there@10.0.0.9:5070>",
			Headers: []string{"Record-Route: <sip:10.0.0.4;lr>, <sip:10.0.0.3:5080;lr>"},
		})
		ack := proxy.Expect(siptest.Is("ACK"))
		if ack.StartLine() != "ACK sip:there@10.0.0.9:5070 SIP/2.0" {
			t.Error(ack.StartLine())
		}
		if got := strings.Join(ack.Headers("Route"), " "); got != "<sip:10.0.0.3:5080;lr> <sip:10.0.0.4;lr>" {
			t.Errorf("Route: %s", got)
		}
		do(t, c.Hangup(Release{}))
		if bye := proxy.Expect(siptest.Is("BYE")); strings.Join(bye.Headers("Route"), " ") != "<sip:10.0.0.3:5080;lr> <sip:10.0.0.4;lr>" {
			t.Errorf("BYE:\n%s", bye.Raw)
		}
	})
}

func TestByeOfAnEarlyDialogCancelsTheInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, peer, _, l := callee(t)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "early"})
		synctest.Wait()
		peer.Request(alice.addr, siptest.Request{
			Method: "BYE", From: invite.Header("To") + ";tag=early", To: invite.Header("From"), CallID: invite.Header("Call-ID"),
		})
		peer.Expect(siptest.Status(200, "BYE"))
		peer.Reply(peer.Expect(siptest.Is("CANCEL")), siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, siptest.Reply{Status: 487, Reason: "Request Terminated", ToTag: "early"})
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 180", "ended remote last=487", "settled")
	})
}
