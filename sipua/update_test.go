package sipua

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/trace"
)

func holdBy(m hold.Method) func(*Options) {
	return func(o *Options) { o.Hold = hold.Options{Method: m} }
}

var holdByUpdate = holdBy(hold.UPDATE)

func TestHoldAndResumeByUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, _, a, b := talking(t, siptest.NewNetwork(1), holdByUpdate)
		do(t, out.Hold())
		after(time.Second)
		do(t, out.Resume())
		after(time.Second)
		expectLines(t, "caller", a.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly", "hold.resumed by local", "media sendrecv")
		expectLines(t, "callee", b.told()[1:], "hold.confirmed by remote", "media recvonly", "hold.resumed by remote", "media sendrecv")
		expectLines(t, "wire", a.wire()[4:], ">UPDATE", "<200/UPDATE", ">UPDATE", "<200/UPDATE")
		for _, l := range []*log{a, b} {
			for _, s := range l.signals {
				if h, ok := s.(Held); ok && h.Hold.Method != "UPDATE" {
					t.Errorf("%s by %s", h.Kind, h.Hold.Method)
				}
			}
		}
	})
}

func TestBothUpdateAtOnceAndAgreeAfterGlare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		out, in, a, b := talking(t, n, holdByUpdate)
		n.SetFaults(siptest.Faults{Delay: 20 * time.Millisecond})
		_, _ = out.Hold(), in.Hold()
		after(10 * time.Second)
		for _, l := range []*log{a, b} {
			if !l.has("<491/UPDATE") || !l.has(">491/UPDATE") || !l.has("media inactive") {
				t.Errorf("no glare, or no agreement: %v", l.said())
			}
		}
	})
}

func TestHoldByUpdateTakesReinviteWhereThePeerDoesNotAllowIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, holdByUpdate, "Allow: INVITE, ACK, BYE")
		do(t, c.Hold())
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		if !l.has("hold.confirmed by local") {
			t.Error(l.told())
		}
	})
}

// answeredBy is a phone that has called a peer, which answered with the header.
func answeredBy(t *testing.T, change func(*Options), header string) (*siptest.Peer, *Call, *log) {
	t.Helper()
	n := siptest.NewNetwork(1)
	alice := newPhone(t, n, "10.0.0.1:5060", change)
	peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
	c, l := alice.dialURI(t, "sip:bob@10.0.0.2")
	peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer), Headers: []string{header}})
	peer.Expect(siptest.Is("ACK"))
	synctest.Wait()
	return peer, c, l
}

func TestUpdateRefusedLeavesTheSessionAsItWas(t *testing.T) {
	for status, ends := range map[int]bool{488: false, 500: false, 408: true, 481: true} {
		synctest.Test(t, func(t *testing.T) {
			peer, c, l := answeredBy(t, holdByUpdate, "Allow: UPDATE")
			do(t, c.Hold())
			peer.Reply(peer.Expect(siptest.Is("UPDATE")), siptest.Reply{Status: status, Reason: "No"})
			synctest.Wait()
			if !strings.Contains(strings.Join(l.told(), "\n"), "hold.refused by local") || l.has("media sendonly") {
				t.Errorf("%d: %v", status, l.told())
			}
			if _, ended := l.ended(); ended != ends {
				t.Errorf("%d: ended %t", status, ended)
			}
			if ends {
				peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
			}
		})
	}
}

func TestUpdateThatNobodyAnswersEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, holdByUpdate, "Allow: UPDATE")
		do(t, c.Hold())
		peer.Expect(siptest.Is("UPDATE"))
		after(33 * time.Second)
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		if e, ended := l.ended(); !ended || e.Reason != "no response" {
			t.Errorf("%+v", e)
		}
	})
}

func TestUpdateWithoutAnOfferRefreshesTheTargetAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, ok, c, l := established(t)
		update := peer.InDialog(invite, ok, "UPDATE", 2)
		update.Contact = "<sip:moved@10.0.0.1>"
		peer.Request(ok.From, update)
		if res := peer.Expect(siptest.Status(200, "UPDATE")); res.Body() != "" || res.ContactURI() == "" {
			t.Errorf("answered\n%s", res.Raw)
		}
		do(t, c.Hangup(Release{}))
		if bye := peer.Expect(siptest.Is("BYE")); !strings.HasPrefix(bye.Raw, "BYE sip:moved@10.0.0.1 ") {
			t.Errorf("sent\n%s", bye.Raw)
		}
		if l.has("media sendrecv") {
			t.Error(l.told())
		}
	})
}

func TestUpdateWithAnOfferIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, ok, _, l := established(t)
		update := peer.InDialog(invite, ok, "UPDATE", 2)
		update.Body = answer(peer, "a=sendonly")
		peer.Request(ok.From, update)
		if res := peer.Expect(siptest.Status(200, "UPDATE")); !strings.Contains(res.Body(), "a=recvonly") {
			t.Errorf("answered\n%s", res.Raw)
		}
		synctest.Wait()
		expectLines(t, "callee", l.told()[1:], "hold.confirmed by remote", "media recvonly")
	})
}

func TestUpdateThatCannotBeServedIsRefusedByTheRules(t *testing.T) {
	offered, junk := siptest.SDP(netip.MustParseAddr("10.0.0.1"), 4000), "v=0\r\nnonsense"
	for name, tc := range map[string]struct {
		body   string
		hold   bool // an offer of ours is open
		status int
	}{
		"offer while ours is open": {offered, true, 491},
		"no offer while ours is":   {"", true, 200},
		"offer that cannot be met": {junk, false, 488},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, peer, invite, ok, c, l := established(t)
			if tc.hold {
				do(t, c.Hold())
				peer.Expect(siptest.Is("INVITE"))
			}
			update := peer.InDialog(invite, ok, "UPDATE", 2)
			update.Body = tc.body
			peer.Request(ok.From, update)
			res := peer.Expect(func(m *siptest.Message) bool { return m.Status() != 0 && m.Method() == "UPDATE" })
			if res.Status() != tc.status || tc.status == 488 && res.Header("Warning") == "" {
				t.Errorf("%s: answered\n%s", name, res.Raw)
			}
			if _, ended := l.ended(); ended {
				t.Errorf("%s: %v", name, l.told())
			}
		})
	}
}

func TestUpdateWithAnOfferBeforeTheFirstIsAnsweredIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, _ := invited(t, "offer")
		do(t, c.Progress()) // an answer that may get lost is none
		progress := peer.Expect(siptest.Status(183, "INVITE"))
		update := peer.InDialog(invite, progress, "UPDATE", 2)
		update.Body = answer(peer, "a=sendonly")
		peer.Request(progress.From, update)
		if res := peer.Expect(siptest.Status(500, "UPDATE")); res.Header("Retry-After") == "" {
			t.Errorf("answered\n%s", res.Raw)
		}
	})
}

// calls.hold.method: auto.
func TestHoldTakesUpdateWhereThePeerSaysThatItTakesIt(t *testing.T) {
	for header, method := range map[string]string{
		"Allow: INVITE, ACK, BYE, UPDATE": "UPDATE", "Allow: INVITE, ACK, BYE": "INVITE", "Subject: says nothing": "INVITE",
	} {
		synctest.Test(t, func(t *testing.T) {
			peer, c, l := answeredBy(t, holdBy(hold.Auto), header)
			do(t, c.Hold())
			peer.Reply(peer.Expect(siptest.Is(method)), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
			synctest.Wait()
			if !l.has("hold.confirmed by local") {
				t.Errorf("%s: %v", header, l.told())
			}
		})
	}
}

func TestPeerThatHasNotSaidWhatItTakesIsTriedWithUpdateWhereThatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, holdBy(hold.UPDATE), "Subject: says nothing")
		do(t, c.Hold())
		peer.Reply(peer.Expect(siptest.Is("UPDATE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		synctest.Wait()
		if !l.has("hold.confirmed by local") {
			t.Error(l.told())
		}
	})
}

// A peer may list UPDATE and not take it, or a proxy on the way may not: then a re-INVITE follows at once, and no other
// UPDATE is tried in this dialog.
func TestUpdateThatIsNotTakenIsFollowedByAReinviteNowAndLater(t *testing.T) {
	for _, status := range []int{405, 501} {
		synctest.Test(t, func(t *testing.T) {
			peer, c, l := answeredBy(t, holdBy(hold.Auto), "Allow: INVITE, UPDATE")
			do(t, c.Hold())
			peer.Reply(peer.Expect(siptest.Is("UPDATE")), siptest.Reply{Status: status, Reason: "No"})
			peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
			peer.Expect(siptest.Is("ACK"))
			do(t, c.Resume())
			peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer)})
			peer.Expect(siptest.Is("ACK"))
			synctest.Wait()
			expectLines(t, "who holds", l.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly",
				"hold.resumed by local", "media sendrecv")
		})
	}
}

// RFC 3261 section 14.2: who is busy with an offer says when to come again.
func TestHoldThatIsPutOffIsTriedAgainWhenThePeerSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, holdBy(hold.ReINVITE), "Allow: INVITE")
		do(t, c.Hold())
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 500, Reason: "Later", Headers: []string{"Retry-After: 7"}})
		peer.Expect(siptest.Is("ACK"))
		peer.ExpectNone(siptest.Is("INVITE"), 6900*time.Millisecond)
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "who holds", l.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly")
	})
}

func TestHoldThatStillWaitsWhenTheCallEndsIsToldToHaveComeToNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice := newPhone(t, n, "10.0.0.1:5060", holdBy(hold.Auto))
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		c, l := alice.dialURI(t, "sip:bob@10.0.0.2")
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing", ToTag: "a"})
		synctest.Wait()
		do(t, c.Hold())
		synctest.Wait()
		peer.Reply(invite, siptest.Reply{Status: 486, Reason: "Busy Here", ToTag: "a"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "who wanted to hold", l.told(), "alerting 180", "hold.requested by local", "hold.refused by local", "ended remote last=486", "settled")
		for _, s := range l.signals {
			if h, ok := s.(Held); ok && h.Kind == trace.HoldRefused && h.Hold.Reason != "the call ended first" {
				t.Errorf("%+v", h)
			}
		}
	})
}
