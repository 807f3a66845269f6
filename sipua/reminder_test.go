package sipua

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestCallerIsRemindedEveryMinuteThatThePhoneRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, l := invitedReliably(t, "offer", "Subject: no 100rel")
		do(t, c.Progress())
		do(t, c.Ring())
		start := time.Now()
		peer.Expect(siptest.Status(183, "INVITE"))
		first := peer.Expect(siptest.Status(180, "INVITE"))
		peer.SetPatience(2 * time.Minute)
		for minute := 1; minute <= 3; minute++ {
			again := peer.Expect(siptest.Status(180, "INVITE"))
			if at := again.At.Sub(start); at != time.Duration(minute)*time.Minute || again.Raw != first.Raw {
				t.Errorf("after %s:\n%s", at, again.Raw)
			}
		}
		do(t, c.Answer())
		peer.ACK(invite, peer.Expect(siptest.Status(200, "INVITE")))
		peer.ExpectNone(siptest.Status(180, "INVITE"), 5*time.Minute)
		expectLines(t, "told", l.told(), "alerting 183 media", "alerting 180", "answered PCMU sendrecv")
	})
}

func TestReliableReminderHasTheNextNumberAndNoDescription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, peer, invite, c, l := invitedReliably(t, "offer")
		peer.SetPatience(2 * time.Minute)
		do(t, c.Progress())
		start, number := time.Now(), uint32(0)
		for minute := range 3 {
			res := peer.Expect(siptest.Status(183, "INVITE"))
			var rseq uint32
			_, _ = fmt.Sscan(res.Header("RSeq"), &rseq)
			if minute > 0 && (rseq != number+1 || res.Body() != "" || res.At.Sub(start) != time.Duration(minute)*time.Minute) {
				t.Errorf("after %s:\n%s", res.At.Sub(start), res.Raw)
			}
			number = rseq
			peer.Request(bob.addr, prack(peer, invite, res, 2+minute, ""))
			peer.Expect(siptest.Status(200, "PRACK"))
		}
		do(t, c.Reject(486, ""))
		peer.ACK(invite, peer.Expect(siptest.Status(486, "INVITE")))
		peer.ExpectNone(siptest.Status(183, "INVITE"), 5*time.Minute)
		if told := l.told(); told[0] != "alerting 183 media reliable" || told[1] != "ended local last=486" {
			t.Errorf("%v", told)
		}
	})
}

func TestReminderIsNoNewsForTheCaller(t *testing.T) {
	for name, change := range map[string]func(*Options){"reliable": reliable, "unreliable": func(*Options) {}} {
		synctest.Test(t, func(t *testing.T) {
			n := siptest.NewNetwork(1)
			alice, bob := newPhone(t, n, "10.0.0.1:5060", change), newPhone(t, n, "10.0.0.2:5060", change)
			bob.take = func(c *Call, _ *log) { _ = c.Progress() }
			c, l := alice.dial(t, bob)
			after(150 * time.Second)
			if told := l.told(); len(told) != 1 {
				t.Errorf("%s: %v", name, told)
			}
			do(t, c.Hangup(Release{}))
			after(time.Minute)
		})
	}
}
