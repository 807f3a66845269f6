package sipua

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

// talking are two phones in a call.
func talking(t *testing.T, n *siptest.Network, change ...func(*Options)) (out, in *Call, a, b *log) {
	t.Helper()
	alice, bob := newPhone(t, n, "10.0.0.1:5060", change...), newPhone(t, n, "10.0.0.2:5060", change...)
	bob.take = func(c *Call, _ *log) { _ = c.Answer() }
	out, a = alice.dial(t, bob)
	after(5 * time.Second)
	in, b = bob.call(t)
	return out, in, a, b
}

func TestHoldAndResumeByEachSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in, a, b := talking(t, siptest.NewNetwork(1))
		do(t, out.Hold())
		after(time.Second)
		do(t, in.Hold())
		after(time.Second)
		do(t, out.Resume())
		after(time.Second)
		do(t, in.Resume())
		after(time.Second)
		expectLines(t, "caller", a.told()[1:],
			"hold.requested by local", "hold.confirmed by local", "media sendonly",
			"hold.confirmed by remote", "media inactive",
			"hold.resumed by local", "media recvonly",
			"hold.resumed by remote", "media sendrecv")
		expectLines(t, "callee", b.told()[1:],
			"hold.confirmed by remote", "media recvonly",
			"hold.requested by local", "hold.confirmed by local", "media inactive",
			"hold.resumed by remote", "media sendonly",
			"hold.resumed by local", "media sendrecv")
	})
}

func TestHoldWithInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, _, a, b := talking(t, siptest.NewNetwork(1), func(o *Options) { o.Hold.Direction = trace.Inactive })
		do(t, out.Hold())
		after(time.Second)
		do(t, out.Resume())
		after(time.Second)
		expectLines(t, "caller", a.told()[1:], "hold.requested by local", "hold.confirmed by local", "media inactive", "hold.resumed by local", "media sendrecv")
		expectLines(t, "callee", b.told()[1:], "hold.confirmed by remote", "media inactive", "hold.resumed by remote", "media sendrecv")
	})
}

func TestBothHoldAtOnceAndAgreeAfterGlare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		out, in, a, b := talking(t, n)
		n.SetFaults(siptest.Faults{Delay: 20 * time.Millisecond})
		_, _ = out.Hold(), in.Hold()
		after(10 * time.Second)
		for _, l := range []*log{a, b} {
			if !l.has("<491/INVITE") || !l.has(">491/INVITE") {
				t.Errorf("no glare: %v", l.wire())
			}
			if !l.has("hold.confirmed by local") || !l.has("hold.confirmed by remote") || !l.has("media inactive") || l.has("hold.resumed by local") {
				t.Errorf("not held by both: %v", l.told())
			}
		}
	})
}

// established is a phone in a call with a peer that the test plays; the phone was called.
func established(t *testing.T) (bob *phone, peer *siptest.Peer, invite, ok *siptest.Message, c *Call, l *log) {
	t.Helper()
	bob, peer, invite, c, l = invited(t, "offer")
	do(t, c.Answer())
	ok = peer.Expect(siptest.Status(200, "INVITE"))
	peer.ACK(invite, ok)
	synctest.Wait()
	return bob, peer, invite, ok, c, l
}

func TestRefusedHoldLeavesTheSessionAsItWas(t *testing.T) {
	for _, status := range []int{403, 415, 488, 500, 603} {
		synctest.Test(t, func(t *testing.T) {
			_, peer, _, _, c, l := established(t)
			do(t, c.Hold())
			reinvite := peer.Expect(siptest.Is("INVITE"))
			if !strings.Contains(reinvite.Body(), "a=sendonly") || reinvite.Param("To", "tag") == "" {
				t.Errorf("re-INVITE:\n%s", reinvite.Raw)
			}
			peer.Reply(reinvite, siptest.Reply{Status: status, Reason: "No"})
			peer.Expect(siptest.Is("ACK"))
			synctest.Wait()
			told := l.told()[1:]
			if len(told) != 2 || told[0] != "hold.requested by local" || !strings.HasPrefix(told[1], "hold.refused by local") {
				t.Errorf("%d: %v", status, told)
			}
			do(t, c.Hold()) // and it may be tried again
			peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
			peer.Expect(siptest.Is("ACK"))
			synctest.Wait()
			if !l.has("hold.confirmed by local") {
				t.Errorf("%d: %v", status, l.told())
			}
		})
	}
}

func TestHoldRefusedWith408Or481EndsTheCall(t *testing.T) {
	for _, status := range []int{408, 481} {
		synctest.Test(t, func(t *testing.T) {
			_, peer, _, _, c, l := established(t)
			do(t, c.Hold())
			peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: status, Reason: "Gone"})
			peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 481, Reason: "Gone"})
			synctest.Wait()
			expectLines(t, "callee", l.told()[1:], "hold.requested by local", fmt.Sprintf("hold.refused by local %d", status),
				"ended network last=200", "settled")
			if e, _ := l.ended(); e.Status != status {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestHoldThatNobodyAnswersEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, _, _, c, l := established(t)
		do(t, c.Hold())
		after(33 * time.Second)
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
		synctest.Wait()
		expectLines(t, "callee", l.told()[1:], "hold.requested by local", "hold.refused by local", "ended network last=200", "settled")
	})
}

func TestHoldOfRFC2543IsRecognised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, _, l := established(t)
		reinvite := func(seq int, body string) string {
			r := peer.InDialog(invite, ok, "INVITE", seq)
			r.Body = body
			sent := peer.Request(bob.addr, r)
			final := peer.Expect(siptest.Status(200, "INVITE"))
			peer.ACK(sent, final)
			synctest.Wait()
			return final.Body()
		}
		normal := siptest.SDP(peer.Addr().Addr(), 3000)
		held := strings.Replace(normal, "c=IN IP4 10.0.0.1", "c=IN IP4 0.0.0.0", 1)
		if got := reinvite(2, held); !strings.Contains(got, "a=sendrecv") { // RFC 6337 section 5.4: the a= line decides
			t.Errorf("answer:\n%s", got)
		}
		reinvite(3, normal)
		expectLines(t, "callee", l.told()[1:], "hold.confirmed by remote", "media recvonly", "hold.resumed by remote", "media sendrecv")
	})
}

func TestDirectionsOfTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		offered, answered string
		held              string // answered while we hold
	}{
		{"sendrecv", "sendrecv", "sendonly"},
		{"sendonly", "recvonly", "inactive"},
		{"recvonly", "sendonly", "sendonly"},
		{"inactive", "inactive", "inactive"},
	} {
		for _, weHold := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				bob, peer, invite, ok, c, _ := established(t)
				want := tc.answered
				if weHold {
					want = tc.held
					do(t, c.Hold())
					peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
					peer.Expect(siptest.Is("ACK"))
				}
				r := peer.InDialog(invite, ok, "INVITE", 2)
				r.Body = siptest.SDP(peer.Addr().Addr(), 3000, "a="+tc.offered)
				sent := peer.Request(bob.addr, r)
				final := peer.Expect(siptest.Status(200, "INVITE"))
				peer.ACK(sent, final)
				if !strings.Contains(final.Body(), "a="+want+"\r\n") {
					t.Errorf("offered %s, holding %t, want %s:\n%s", tc.offered, weHold, want, final.Body())
				}
			})
		}
	}
}

func TestReinviteWithoutAnOfferGetsOneThatSaysWhatWeWant(t *testing.T) {
	for _, weHold := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			bob, peer, invite, ok, c, l := established(t)
			want := "a=sendrecv\r\n"
			if weHold {
				want = "a=sendonly\r\n"
				do(t, c.Hold())
				peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
				peer.Expect(siptest.Is("ACK"))
			}
			sent := peer.Request(bob.addr, peer.InDialog(invite, ok, "INVITE", 2))
			final := peer.Expect(siptest.Status(200, "INVITE"))
			if !strings.Contains(final.Body(), want) {
				t.Errorf("holding %t, want %s:\n%s", weHold, want, final.Body())
			}
			// Our offer is open: a further re-INVITE is glare (RFC 5407 section 3.1).
			again := peer.Request(bob.addr, peer.InDialog(invite, ok, "INVITE", 3))
			peer.ACK(again, peer.Expect(siptest.Status(491, "INVITE")))
			ack := peer.InDialog(invite, ok, "ACK", 2)
			ack.Body = answer(peer, "a=recvonly")
			peer.Request(bob.addr, ack)
			synctest.Wait()
			if _, ended := l.ended(); ended {
				t.Errorf("ended: %v", l.said())
			}
			_ = sent
		})
	}
}

func TestReinviteThatCannotBeMetGets488AndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, _, l := established(t)
		r := peer.InDialog(invite, ok, "INVITE", 2)
		r.Body = strings.Replace(siptest.SDP(peer.Addr().Addr(), 3000), "RTP/AVP 0 8 101", "RTP/AVP 18", 1)
		r.Contact = "<sip:elsewhere@10.0.0.7>"
		sent := peer.Request(bob.addr, r)
		final := peer.Expect(siptest.Status(488, "INVITE"))
		peer.ACK(sent, final)
		if final.Header("Warning") == "" {
			t.Error("no Warning")
		}
		synctest.Wait()
		if got := l.told()[1:]; len(got) != 0 {
			t.Errorf("told %v", got)
		}
	})
}

func TestTargetIsRefreshedByAReinvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, c, _ := established(t)
		r := peer.InDialog(invite, ok, "INVITE", 2)
		r.Body = siptest.SDP(peer.Addr().Addr(), 3000)
		r.Contact = "<sip:moved@10.0.0.1:5060;x=y>"
		peer.ACK(peer.Request(bob.addr, r), peer.Expect(siptest.Status(200, "INVITE")))
		synctest.Wait()
		do(t, c.Hangup(Release{}))
		if bye := peer.Expect(siptest.Is("BYE")); bye.StartLine() != "BYE sip:moved@10.0.0.1:5060;x=y SIP/2.0" {
			t.Error(bye.StartLine())
		}
	})
}

func TestInDialogRequestsAreAnsweredByTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, _, l := established(t)
		for _, tc := range []struct {
			method string
			seq    int
			status int
		}{
			{"OPTIONS", 2, 200}, {"MESSAGE", 3, 405}, {"DANCE", 4, 501}, {"OPTIONS", 3, 500}, {"BYE", 1, 500}, {"OPTIONS", 5, 200},
		} {
			peer.Request(bob.addr, peer.InDialog(invite, ok, tc.method, tc.seq))
			peer.Expect(siptest.Status(tc.status, tc.method))
		}
		unknown := peer.InDialog(invite, ok, "BYE", 6)
		unknown.To = "<sip:bob@10.0.0.2>;tag=unknown"
		peer.Request(bob.addr, unknown)
		peer.Expect(siptest.Status(481, "BYE"))
		if got := l.told()[1:]; len(got) != 0 {
			t.Errorf("told %v", got)
		}
	})
}

func TestSecondInviteBeforeTheFinalResponseIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, _ := invited(t, "offer")
		do(t, c.Ring())
		ringing := peer.Expect(siptest.Status(180, "INVITE"))
		second := peer.Request(bob.addr, peer.InDialog(invite, ringing, "INVITE", 2))
		final := peer.Expect(siptest.Status(500, "INVITE"))
		peer.ACK(second, final)
		if final.Header("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestVersionOfTheDescriptionRisesOnlyWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, ok, _, _ := established(t)
		origin := func(body string) string {
			for line := range strings.Lines(body) {
				if strings.HasPrefix(line, "o=") {
					return line
				}
			}
			return ""
		}
		seq := 1
		reinvite := func(direction string) string {
			seq++
			r := peer.InDialog(invite, ok, "INVITE", seq)
			r.Body = siptest.SDP(peer.Addr().Addr(), 3000, "a="+direction)
			sent := peer.Request(bob.addr, r)
			final := peer.Expect(siptest.Status(200, "INVITE"))
			peer.ACK(sent, final)
			return origin(final.Body())
		}
		first := origin(ok.Body())
		if same := reinvite("sendrecv"); same != first {
			t.Errorf("it rose without a change: %s then %s", first, same)
		}
		if next := reinvite("sendonly"); next == first {
			t.Errorf("it did not rise: %s", next)
		}
	})
}
