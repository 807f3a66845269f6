package sipua

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func reliable(o *Options) { o.Reliable = ReliableSupported }

// prack is the PRACK of a reliable response to an INVITE of the peer.
func prack(peer *siptest.Peer, invite, res *siptest.Message, cseq int, body string) siptest.Request {
	r := peer.InDialog(invite, res, "PRACK", cseq)
	r.Headers = []string{fmt.Sprintf("RAck: %s %d INVITE", res.Header("RSeq"), invite.CSeq())}
	r.Body = body
	return r
}

// invitedReliably is invited by a peer with 100rel.
func invitedReliably(t *testing.T, body string, headers ...string) (*phone, *siptest.Peer, *siptest.Message, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	bob := newPhone(t, n, "10.0.0.2:5060", reliable)
	peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
	if body == "offer" {
		body = siptest.SDP(peer.Addr().Addr(), 3000)
	}
	if headers == nil {
		headers = []string{"Supported: 100rel", "Allow: PRACK, UPDATE"}
	}
	invite := peer.Request(bob.addr, siptest.Request{Body: body, Headers: headers})
	peer.Expect(siptest.Status(100, "INVITE"))
	synctest.Wait()
	c, l := bob.call(t)
	return bob, peer, invite, c, l
}

func TestTwoPhonesAlertReliably(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060", reliable), newPhone(t, n, "10.0.0.2:5060", reliable)
		bob.take = func(c *Call, _ *log) { _, _, _ = c.Progress(), c.Ring(), c.Answer() }
		_, a := alice.dial(t, bob)
		after(time.Second)
		expectLines(t, "caller", a.said(), ">INVITE", "<100/INVITE", "<183/INVITE", ">PRACK", "alerting 183 media reliable",
			"<200/PRACK", "<180/INVITE", ">PRACK", "alerting 180 reliable", "<200/INVITE", "answered PCMA sendrecv", ">ACK", "<200/PRACK")
	})
}

func TestReliableResponsesWaitForEachOther(t *testing.T) {
	for _, headers := range [][]string{nil, {"Require: 100rel"}} {
		synctest.Test(t, func(t *testing.T) {
			bob, peer, invite, c, l := invitedReliably(t, "offer", headers...)
			do(t, c.Progress())
			do(t, c.Ring())
			progress := peer.Expect(siptest.Status(183, "INVITE"))
			if progress.Header("Require") != "100rel" || progress.Body() == "" {
				t.Errorf("sent\n%s", progress.Raw)
			}
			peer.ExpectNone(siptest.Status(180, "INVITE"), 100*time.Millisecond)
			peer.Request(bob.addr, prack(peer, invite, progress, 2, ""))
			peer.Expect(siptest.Status(200, "PRACK"))
			ringing := peer.Expect(siptest.Status(180, "INVITE"))
			var first, second uint32
			_, _ = fmt.Sscan(progress.Header("RSeq")+" "+ringing.Header("RSeq"), &first, &second)
			if second != first+1 || first == 0 || ringing.Body() != "" {
				t.Errorf("%d then %d:\n%s", first, second, ringing.Raw)
			}
			synctest.Wait()
			expectLines(t, "callee", l.told(), "alerting 183 media reliable", "alerting 180 reliable")
		})
	}
}

func TestAnswerWaitsForThePRACKOfADescription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invitedReliably(t, "offer")
		do(t, c.Progress())
		progress := peer.Expect(siptest.Status(183, "INVITE"))
		do(t, c.Answer())
		peer.ExpectNone(siptest.Status(200, "INVITE"), 100*time.Millisecond)
		peer.Request(bob.addr, prack(peer, invite, progress, 2, ""))
		peer.Expect(siptest.Status(200, "PRACK"))
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		if ok.Body() != "" {
			t.Errorf("the answer stands in the 200 again:\n%s", ok.Raw)
		}
		peer.ACK(invite, ok)
		synctest.Wait()
		peer.ExpectNone(siptest.Status(183, "INVITE"), time.Minute)
	})
}

func TestAnswerDoesNotWaitForThePRACKOfARinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invitedReliably(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		do(t, c.Answer())
		ok := peer.Expect(siptest.Status(200, "INVITE"))
		if ok.Body() == "" {
			t.Errorf("no answer:\n%s", ok.Raw)
		}
		peer.Request(bob.addr, prack(peer, invite, ringing, 2, "")) // it is still taken
		peer.Expect(siptest.Status(200, "PRACK"))
		peer.ACK(invite, ok)
		peer.ExpectNone(siptest.Status(180, "INVITE"), time.Minute)
	})
}

func TestReliableResponseWithoutPRACKIsRepeatedThenTheCallRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _, c, l := invitedReliably(t, "offer")
		do(t, c.Ring())
		start := peer.Expect(siptest.Status(180, "INVITE")).At
		for at := 500 * time.Millisecond; at < 32*time.Second; at = 2*at + 500*time.Millisecond { // 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
			if got := peer.Expect(siptest.Status(180, "INVITE")).At.Sub(start); got != at {
				t.Errorf("again after %s, want %s", got, at)
			}
			peer.SetPatience(time.Minute)
		}
		refused := peer.Expect(siptest.Status(504, "INVITE"))
		if got := refused.At.Sub(start); got != 32*time.Second {
			t.Errorf("refused after %s", got)
		}
		synctest.Wait()
		if e, _ := l.ended(); e.Reason != "no PRACK received" || e.LastResponse != 504 {
			t.Errorf("%+v", e)
		}
	})
}

func TestPRACKThatMatchesNothingGets481(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invitedReliably(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		wrong := prack(peer, invite, ringing, 2, "")
		wrong.Headers = []string{"RAck: 1 9 INVITE"}
		peer.Request(bob.addr, wrong)
		peer.Expect(siptest.Status(481, "PRACK"))
		none := prack(peer, invite, ringing, 3, "")
		none.Headers = nil
		peer.Request(bob.addr, none)
		peer.Expect(siptest.Status(400, "PRACK"))
		peer.Request(bob.addr, prack(peer, invite, ringing, 4, ""))
		peer.Expect(siptest.Status(200, "PRACK"))
		peer.Request(bob.addr, prack(peer, invite, ringing, 5, "")) // it is acknowledged already
		peer.Expect(siptest.Status(481, "PRACK"))
	})
}

func TestPRACKBehindARefusalIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invitedReliably(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		do(t, c.Reject(486, ""))
		busy := peer.Expect(siptest.Status(486, "INVITE"))
		peer.Request(bob.addr, prack(peer, invite, ringing, 2, ""))
		peer.Expect(siptest.Status(200, "PRACK"))
		peer.ACK(invite, busy)
	})
}

func TestInviteWithoutAnOfferGetsOursInTheFirstReliableResponse(t *testing.T) {
	for body, usable := range map[string]bool{"answer": true, "": false} {
		synctest.Test(t, func(t *testing.T) {
			bob, peer, invite, c, l := invitedReliably(t, "")
			if body != "" {
				body = answer(peer)
			}
			do(t, c.Ring())
			ringing := peer.Expect(siptest.Status(180, "INVITE"))
			if !strings.Contains(ringing.Body(), "a=sendrecv") {
				t.Fatalf("no offer:\n%s", ringing.Raw)
			}
			peer.Request(bob.addr, prack(peer, invite, ringing, 2, body))
			peer.Expect(siptest.Status(200, "PRACK"))
			if !usable {
				peer.Expect(siptest.Status(488, "INVITE"))
				return
			}
			synctest.Wait()
			expectLines(t, "callee", l.told(), "alerting 180 media reliable", "media sendrecv")
			do(t, c.Answer())
			ok := peer.Expect(siptest.Status(200, "INVITE"))
			if ok.Body() != "" {
				t.Errorf("a second offer:\n%s", ok.Raw)
			}
			peer.ACK(invite, ok)
		})
	}
}

func TestOfferInAPRACKIsAnsweredInIts200(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invitedReliably(t, "offer")
		do(t, c.Progress())
		progress := peer.Expect(siptest.Status(183, "INVITE"))
		peer.Request(bob.addr, prack(peer, invite, progress, 2, "junk"))
		peer.Expect(siptest.Status(488, "PRACK"))
		peer.Request(bob.addr, prack(peer, invite, progress, 3, answer(peer, "a=sendonly")))
		if ok := peer.Expect(siptest.Status(200, "PRACK")); !strings.Contains(ok.Body(), "a=recvonly") {
			t.Errorf("answered\n%s", ok.Raw)
		}
		synctest.Wait()
		expectLines(t, "callee", l.told(), "alerting 183 media reliable", "hold.confirmed by remote", "media recvonly")
	})
}

func TestOfferInThePRACKOfARingingIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invitedReliably(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		peer.Request(bob.addr, prack(peer, invite, ringing, 2, answer(peer)))
		peer.Expect(siptest.Status(500, "PRACK")) // the first offer has no answer yet
	})
}

func TestWhoMustHave100relIsToldSo(t *testing.T) {
	for name, tc := range map[string]struct {
		opts    Reliable
		headers []string
		status  int
		header  string
	}{
		"off, required by the peer":         {ReliableOff, []string{"Require: 100rel"}, 420, "Unsupported"},
		"required, not known to the peer":   {ReliableRequired, nil, 421, "Require"},
		"supported, required by the peer":   {ReliableSupported, []string{"Require: 100rel"}, 100, ""},
		"required, supported by the peer":   {ReliableRequired, []string{"Supported: 100rel"}, 100, ""},
		"supported, not known to the peer":  {ReliableSupported, nil, 100, ""},
		"off, and supported by the peer":    {ReliableOff, []string{"Supported: 100rel"}, 100, ""},
		"supported, and another is missing": {ReliableSupported, []string{"Require: 100rel, dance"}, 420, "Unsupported"},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := siptest.NewNetwork(1)
			bob := newPhone(t, n, "10.0.0.2:5060", func(o *Options) { o.Reliable = tc.opts })
			peer := siptest.NewPeer(t, n.Listen("10.0.0.1:5060"))
			peer.Request(bob.addr, siptest.Request{Body: siptest.SDP(peer.Addr().Addr(), 3000), Headers: tc.headers})
			res := peer.Expect(siptest.Any)
			if res.Status() != tc.status || tc.header != "" && res.Header(tc.header) == "" {
				t.Errorf("%s: answered\n%s", name, res.Raw)
			}
		})
	}
}

// ringsReliably is a phone that has called a peer with 100rel.
func ringsReliably(t *testing.T) (*siptest.Peer, *siptest.Message, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice := newPhone(t, n, "10.0.0.1:5060", reliable)
	peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
	c, l := alice.dialURI(t, "sip:bob@10.0.0.2")
	return peer, peer.Expect(siptest.Is("INVITE")), c, l
}

func rel(status, rseq int, tag, body string) siptest.Reply {
	return siptest.Reply{
		Status: status, Reason: "X", ToTag: tag, Body: body,
		Headers: []string{"Require: 100rel", fmt.Sprint("RSeq: ", rseq), "Allow: PRACK, UPDATE"},
	}
}

func TestReliableResponsesAreAcknowledgedOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, _, l := ringsReliably(t)
		if !strings.Contains(invite.Header("Supported"), "100rel") {
			t.Errorf("sent\n%s", invite.Raw)
		}
		peer.Reply(invite, rel(183, 7, "a", answer(peer)))
		got := peer.Expect(siptest.Is("PRACK"))
		if got.Header("RAck") != "7 1 INVITE" || got.Param("To", "tag") != "a" || got.CSeq() != 2 {
			t.Errorf("sent\n%s", got.Raw)
		}
		peer.Reply(got, siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, rel(183, 7, "a", answer(peer))) // again
		peer.Reply(invite, rel(180, 9, "a", ""))           // one is missing
		peer.ExpectNone(siptest.Is("PRACK"), time.Second)
		peer.Reply(invite, rel(180, 8, "a", ""))
		if got := peer.Expect(siptest.Is("PRACK")); got.Header("RAck") != "8 1 INVITE" {
			t.Errorf("sent\n%s", got.Raw)
		}
		peer.Reply(invite, rel(180, 500, "b", "")) // another branch counts by itself
		if got := peer.Expect(siptest.Is("PRACK")); got.Header("RAck") != "500 1 INVITE" || got.Param("To", "tag") != "b" {
			t.Errorf("sent\n%s", got.Raw)
		}
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 183 media reliable", "alerting 180 reliable")
	})
}

func TestAnswerInAReliableResponseIsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, _, l := ringsReliably(t)
		peer.Reply(invite, rel(183, 7, "a", answer(peer)))
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		// RFC 6337 section 3.1.1: what stands in the 200 says nothing.
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a", Body: siptest.SDP(peer.Addr().Addr(), 9)})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 183 media reliable", "answered PCMU sendrecv")
	})
}

func TestEveryBranchOfAForkHasItsOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, _, l := ringsReliably(t)
		peer.Reply(invite, rel(183, 1, "a", siptest.SDP(peer.Addr().Addr(), 4000)))
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, rel(183, 1, "b", siptest.SDP(peer.Addr().Addr(), 6000)))
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		var ports []uint16
		for _, s := range l.signals {
			switch s := s.(type) {
			case Alerting:
				ports = append(ports, s.Media.Remote.Port())
			case Answered:
				ports = append(ports, s.Media.Remote.Port())
			}
		}
		if fmt.Sprint(ports) != "[4000 6000 4000]" {
			t.Errorf("media to %v", ports)
		}
	})
}

func TestEarlyHoldGoesByUpdateOnceTheAnswerIsReliable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, c, l := ringsReliably(t)
		do(t, c.Hold())
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "a", Headers: []string{"Allow: UPDATE"}})
		peer.ExpectNone(siptest.Is("UPDATE"), time.Second)
		peer.Reply(invite, rel(183, 1, "a", answer(peer)))
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		update := peer.Expect(siptest.Is("UPDATE"))
		if !strings.Contains(update.Body(), "a=sendonly") {
			t.Errorf("sent\n%s", update.Raw)
		}
		peer.Reply(update, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		synctest.Wait()
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "hold.requested by local", "alerting 180", "alerting 183 media reliable",
			"hold.confirmed by local", "media sendonly", "answered PCMU sendonly")
		for _, s := range l.signals {
			if h, ok := s.(Held); ok && (h.Hold.Reason != "") != (h.Kind == "hold.requested") {
				t.Errorf("%+v", h)
			}
		}
	})
}

func TestEarlyHoldThatIsNotTakenByUpdateWaitsForTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, c, l := ringsReliably(t)
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "a", Headers: []string{"Allow: UPDATE"}})
		peer.Reply(invite, rel(183, 1, "a", answer(peer)))
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		do(t, c.Hold())
		peer.Reply(peer.Expect(siptest.Is("UPDATE")), siptest.Reply{Status: 405, Reason: "Method Not Allowed"})
		peer.ExpectNone(siptest.Any, time.Second)
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a"})
		peer.Expect(siptest.Is("ACK"))
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 180", "alerting 183 media reliable", "hold.requested by local", "answered PCMU sendrecv",
			"hold.confirmed by local", "media sendonly")
	})
}

func TestEarlyHoldWaitsForTheAnswerWhereThereIsNoReliableOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, c, l := ringsReliably(t)
		peer.Reply(invite, siptest.Reply{Status: 183, Reason: "X", ToTag: "a", Body: answer(peer), Headers: []string{"Allow: UPDATE"}})
		synctest.Wait()
		do(t, c.Hold())
		peer.ExpectNone(siptest.Is("UPDATE"), time.Second)
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a", Body: answer(peer)})
		peer.Expect(siptest.Is("ACK"))
		reinvite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(reinvite, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "caller", l.told(), "alerting 183 media", "hold.requested by local", "answered PCMU sendrecv",
			"hold.confirmed by local", "media sendonly")
		expectOrder(t, "caller", l, "<200/INVITE", ">ACK", ">INVITE", "<200/INVITE", ">ACK")
	})
}

func TestCalleeHoldsBeforeItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invitedReliably(t, "offer")
		do(t, c.Progress())
		progress := peer.Expect(siptest.Status(183, "INVITE"))
		do(t, c.Hold())
		peer.ExpectNone(siptest.Is("UPDATE"), 100*time.Millisecond) // not before the PRACK
		peer.Request(bob.addr, prack(peer, invite, progress, 2, ""))
		peer.Expect(siptest.Status(200, "PRACK"))
		peer.Reply(peer.Expect(siptest.Is("UPDATE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		synctest.Wait()
		expectLines(t, "callee", l.told(), "alerting 183 media reliable", "hold.requested by local", "hold.confirmed by local", "media sendonly")
	})
}

func TestHoldsBeforeTheAnswerAreToldInTheOrderTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, invite, c, l := ringsReliably(t)
		peer.Reply(invite, rel(183, 1, "a", answer(peer, "a=sendonly"))) // the peer holds
		peer.Reply(peer.Expect(siptest.Is("PRACK")), siptest.Reply{Status: 200, Reason: "OK"})
		do(t, c.Hold())
		update := peer.Expect(siptest.Is("UPDATE"))
		peer.Reply(update, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")}) // and no longer
		synctest.Wait()
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: "a"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectOrder(t, "caller", l, "hold.requested by local", "hold.confirmed by remote", "hold.confirmed by local",
			"hold.resumed by remote", "media sendonly", "answered PCMU sendonly")
		if got := l.count("hold.confirmed by remote"); got != 1 {
			t.Errorf("told %d times: %v", got, l.told())
		}
	})
}
