package sipua

import (
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/trace"
)

func TestAnsweredCallIsToldInTheOrderOfTheWireAtBothEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		alice, bob := newPhone(t, n, "10.0.0.1:5060"), newPhone(t, n, "10.0.0.2:5060")
		bob.take = func(c *Call, _ *log) { _ = c.Progress(); _ = c.Ring() }
		out, a := alice.dial(t, bob)
		synctest.Wait()
		in, b := bob.call(t)
		after(3 * time.Second)
		do(t, in.Answer())
		after(10 * time.Second)
		do(t, in.Hangup(Release{Side: trace.Local, Q850: 16, Text: "done"}))
		after(time.Minute)

		expectLines(t, "caller", a.said(), ">INVITE", "<100/INVITE", "<183/INVITE", "alerting 183 media", "<180/INVITE", "alerting 180",
			"<200/INVITE", "answered PCMA sendrecv", ">ACK", "<BYE", "ended remote last=200", ">200/BYE", "settled")
		expectLines(t, "callee", b.said(), "<INVITE", ">100/INVITE", ">183/INVITE", "alerting 183 media", ">180/INVITE", "alerting 180",
			">200/INVITE", "answered PCMA sendrecv", "<ACK", ">BYE", "ended local last=200", "<200/BYE", "settled")
		if out.Info().SessionID != in.Info().SessionID || out.Info().SIPCallID != in.Info().SIPCallID {
			t.Errorf("the ends do not agree on the call: %+v, %+v", out.Info(), in.Info())
		}
		if e, _ := a.ended(); e.Q850 != 16 || e.Reason != "done" {
			t.Errorf("the caller does not know why: %+v", e)
		}
		if calls := len(alice.Calls()) + len(bob.Calls()); calls != 0 {
			t.Errorf("%d calls are left", calls)
		}
		if actors := len(alice.actors) + len(bob.actors); actors != 0 {
			t.Errorf("%d actors are left", actors)
		}
	})
}
