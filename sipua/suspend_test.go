package sipua

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/trace"
)

func suspends(method hold.Method) func(*Options) {
	return func(o *Options) { o.Hold = hold.Options{Method: method, T2: 30 * time.Second, T6: 20 * time.Second} }
}

func TestCallThatIsSuspendedIsInactiveUntilTheTerminalIsBack(t *testing.T) {
	for method, request := range map[hold.Method]string{hold.ReINVITE: "INVITE", hold.Auto: "UPDATE"} {
		synctest.Test(t, func(t *testing.T) {
			out, in, a, b := talking(t, siptest.NewNetwork(1), suspends(method))
			do(t, in.Suspend(trace.SuspendByUser))
			after(29 * time.Second)
			do(t, in.Unsuspend())
			after(time.Minute)
			expectLines(t, "who is away", b.told()[1:], "suspend.started by the user", "media inactive", "suspend.resumed by the user", "media sendrecv")
			expectLines(t, "the other", a.told()[1:], "hold.confirmed by remote", "media inactive", "hold.resumed by remote", "media sendrecv")
			if n := strings.Count(strings.Join(b.wire(), " "), ">"+request); n != 2 {
				t.Errorf("%s: %d requests: %v", method, n, b.wire())
			}
			do(t, out.Hangup(Release{}))
			after(time.Minute)
		})
	}
}

// RFC 3398 section 9.1, ITU-T Q.764: a suspension that lasts too long releases the call.
func TestSuspensionThatLastsTooLongReleasesTheCall(t *testing.T) {
	for initiator, want := range map[string]struct {
		timer string
		after time.Duration
	}{trace.SuspendByUser: {trace.ISUPT2, 30 * time.Second}, trace.SuspendByNetwork: {trace.ISUPT6, 20 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			_, in, a, b := talking(t, siptest.NewNetwork(1), suspends(hold.Auto))
			began := time.Now()
			do(t, in.Suspend(initiator))
			after(time.Minute)
			expectLines(t, "who is away", b.told()[1:], "suspend.started by the "+initiator, "media inactive",
				"suspend.expired by the "+initiator, "ended timer last=200", "settled")
			for _, s := range b.signals {
				deadline := began.Add(want.after)
				if s, ok := s.(Suspension); ok && (s.Suspend.Timer != want.timer || s.Suspend.Deadline.Sub(deadline).Abs() > time.Second) {
					t.Errorf("%+v, want %s until %s", s, want.timer, deadline)
				}
			}
			e, _ := b.ended()
			if e.Q850 != 102 || e.At.Sub(began) < want.after || e.At.Sub(began) > want.after+time.Second {
				t.Errorf("ended %+v", e)
			}
			if e, _ := a.ended(); e.Q850 != 102 {
				t.Errorf("the other side hears of cause %d", e.Q850)
			}
		})
	}
}

func TestSuspensionThatThePeerRefusesGoesOnWithoutIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, suspends(hold.ReINVITE), "Allow: INVITE, ACK, BYE")
		do(t, c.Suspend(trace.SuspendByUser))
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 488, Reason: "Not Acceptable Here"})
		peer.Expect(siptest.Is("ACK"))
		do(t, c.Unsuspend())
		peer.ExpectNone(siptest.Is("INVITE"), 5*time.Second) // nothing has changed for the peer
		expectLines(t, "who was away", l.told()[1:], "suspend.started by the user", "hold.refused by local 488", "suspend.resumed by the user")
		do(t, c.Hangup(Release{}))
		peer.Reply(peer.Expect(siptest.Is("BYE")), siptest.Reply{Status: 200, Reason: "OK"})
	})
}

func TestHoldThatIsOnBeforeASuspensionIsOnAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, in, a, b := talking(t, siptest.NewNetwork(1), suspends(hold.Auto))
		for _, step := range []func() error{
			in.Hold, func() error { return in.Suspend(trace.SuspendByUser) }, in.Unsuspend, in.Resume,
		} {
			do(t, step())
			after(time.Second)
		}
		expectLines(t, "who holds", b.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly",
			"suspend.started by the user", "media inactive", "suspend.resumed by the user", "media sendonly",
			"hold.resumed by local", "media sendrecv")
		expectLines(t, "who is held", a.told()[1:], "hold.confirmed by remote", "media recvonly", "media inactive", "media recvonly",
			"hold.resumed by remote", "media sendrecv")
	})
}

func TestNothingIsSuspendedBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, peer, invite, c, l := invited(t, "offer")
		do(t, c.Suspend(trace.SuspendByUser))
		peer.ExpectNone(siptest.Is("UPDATE"), time.Second)
		if l.has("suspend.started by the user") {
			t.Error(l.told())
		}
		do(t, c.Reject(486, ""))
		peer.ACK(invite, peer.Expect(siptest.Status(486, "INVITE")))
	})
}

func TestHoldIsRemindedOfAndEndedWhenItLastsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, _, a, _ := talking(t, siptest.NewNetwork(1), func(o *Options) {
			o.Hold = hold.Options{RemindEvery: 20 * time.Second, Longest: 50 * time.Second}
		})
		do(t, out.Hold())
		after(30 * time.Second)
		do(t, out.Resume()) // that one was short enough
		after(time.Minute)
		do(t, out.Hold())
		after(2 * time.Minute)
		expectLines(t, "who holds", a.told()[1:], "hold.requested by local", "hold.confirmed by local", "media sendonly", "hold.reminded by local",
			"hold.resumed by local", "media sendrecv", "hold.requested by local", "hold.confirmed by local", "media sendonly", "hold.reminded by local",
			"hold.reminded by local", "hold.expired by local", "ended timer last=200", "settled")
	})
}

// RFC 3398 section 9.1: what comes back comes back by the method that it went by.
func TestSuspensionIsEndedByTheMethodThatBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer, c, l := answeredBy(t, suspends(hold.Auto), "Subject: says nothing")
		accepts := func(lines ...string) {
			peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{
				Status: 200, Reason: "OK", Body: answer(peer, lines...), Headers: []string{"Allow: INVITE, ACK, BYE, UPDATE"},
			})
			peer.Expect(siptest.Is("ACK"))
		}
		do(t, c.Suspend(trace.SuspendByUser))
		accepts("a=inactive")
		do(t, c.Unsuspend())
		accepts()
		synctest.Wait()
		if !l.has("media sendrecv") {
			t.Error(l.told())
		}
		do(t, c.Hold()) // which is no part of it
		peer.Expect(siptest.Is("UPDATE"))
	})
}
