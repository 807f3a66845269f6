package sipua

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// asked is a phone in a call whose peer has sent a re-INVITE without an offer: the 200 brings ours. ack answers it.
func asked(t *testing.T) (peer *siptest.Peer, c *Call, l *log, ack func(body string)) {
	t.Helper()
	bob, peer, invite, ok, c, l := established(t)
	peer.Request(bob.addr, peer.InDialog(invite, ok, "INVITE", 2))
	if final := peer.Expect(siptest.Status(200, "INVITE")); !strings.Contains(final.Body(), "a=sendrecv") {
		t.Errorf("no offer:\n%s", final.Raw)
	}
	return peer, c, l, func(body string) {
		r := peer.InDialog(invite, ok, "ACK", 2)
		r.Body = body
		peer.Request(bob.addr, r)
		synctest.Wait()
	}
}

func TestReinviteWithoutAnOfferIsAgreedOnInTheACK(t *testing.T) {
	for direction, told := range map[string]string{
		"sendrecv": "", "sendonly": "hold.confirmed by remote, media recvonly", "recvonly": "media sendonly", "inactive": "hold.confirmed by remote, media inactive",
	} {
		synctest.Test(t, func(t *testing.T) {
			peer, _, l, ack := asked(t)
			ack(siptest.SDP(peer.Addr().Addr(), 3000, "a="+direction)) // where its media was
			after(time.Minute)
			if got := strings.Join(l.told()[1:], ", "); got != told {
				t.Errorf("%s: %s, want %s", direction, got, told)
			}
		})
	}
}

func TestReinviteWithoutAnOfferEndsTheCallWhereTheACKBringsNoAnswer(t *testing.T) {
	for body, reason := range map[string]string{"": "488", "v=0\r\nnonsense": "488", "no ACK": "no ACK"} {
		synctest.Test(t, func(t *testing.T) {
			peer, _, l, ack := asked(t)
			if body == "no ACK" {
				after(32 * time.Second)
			} else {
				ack(body)
			}
			bye := peer.Expect(siptest.Is("BYE"))
			if !strings.Contains(bye.Header("Reason"), reason) {
				t.Errorf("%q: %s", body, bye.Header("Reason"))
			}
			peer.Reply(bye, siptest.Reply{Status: 200, Reason: "OK"})
			synctest.Wait()
			if _, ended := l.ended(); !ended || !l.has("settled") {
				t.Errorf("%q: %v", body, l.told())
			}
		})
	}
}

func TestHoldWaitsForTheAnswerInTheACK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l, ack := asked(t)
		do(t, c.Hold())
		peer.ExpectNone(siptest.Is("INVITE"), 10*time.Second)
		ack(siptest.SDP(peer.Addr().Addr(), 3000))
		hold := peer.Expect(siptest.Is("INVITE"))
		if !strings.Contains(hold.Body(), "a=sendonly") {
			t.Errorf("offered\n%s", hold.Body())
		}
		peer.Reply(hold, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		expectLines(t, "callee", l.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly")
	})
}

func TestReinviteWithoutAnOfferThatCrossesOursGets491(t *testing.T) {
	for method, options := range map[string]func(*Options){"INVITE": func(*Options) {}, "UPDATE": holdByUpdate} {
		synctest.Test(t, func(t *testing.T) {
			bob, peer, invite, c, l := invited(t, "offer", options)
			_ = c.Answer()
			ok := peer.Expect(siptest.Status(200, "INVITE"))
			ack := peer.InDialog(invite, ok, "ACK", 1)
			ack.Headers = []string{"Allow: INVITE, ACK, BYE, UPDATE"}
			peer.Request(bob.addr, ack)
			synctest.Wait()
			do(t, c.Hold())
			offered := peer.Expect(siptest.Is(method))
			peer.ACK(peer.Request(bob.addr, peer.InDialog(invite, ok, "INVITE", 2)), peer.Expect(siptest.Status(491, "INVITE")))
			peer.Reply(offered, siptest.Reply{Status: 200, Reason: "OK", Body: answer(peer, "a=recvonly")})
			synctest.Wait()
			again := peer.Request(bob.addr, peer.InDialog(invite, ok, "INVITE", 3))
			final := peer.Expect(siptest.Status(200, "INVITE"))
			if !strings.Contains(final.Body(), "a=sendonly") {
				t.Errorf("%s: the hold is not offered again:\n%s", method, final.Body())
			}
			ack = peer.InDialog(invite, ok, "ACK", again.CSeq())
			ack.Body = answer(peer, "a=recvonly")
			peer.Request(bob.addr, ack)
			after(time.Minute)
			expectLines(t, fmt.Sprint("callee, ", method), l.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly")
		})
	}
}
