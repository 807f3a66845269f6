package session

import (
	"testing"
	"time"

	"sidetone/trace"
)

// limitedTo is a callee whose INVITE has an Expires.
func limitedTo(t *testing.T, value string) *rig {
	t.Helper()
	r := newRig(t, NewCallee(config()))
	r.must(r.receive(with("Expires: "+value, fromPeer("INVITE", 1, "", description))))
	return r.check(Invited)
}

var awaitAnswer = TimerID{Kind: AwaitAnswer}

func TestInviteThatIsNotAnsweredInTheCallersTimeGets487(t *testing.T) {
	r := limitedTo(t, "20")
	r.must(r.do(Ring{}))
	if after := r.timers[awaitAnswer]; after != 20*time.Second {
		t.Fatal(after)
	}
	before := len(r.sent)
	if got := r.outcome(before, r.do(Fired{Timer: awaitAnswer})); got != "487 ending" {
		t.Error(got)
	}
	if e := r.ended(); e.Side != trace.Timer || e.LastResponse != 487 || e.Reason != callerLimit || e.Cancelled {
		t.Errorf("%+v", e)
	}
}

func TestCallersTimeIsOverWithTheFinalResponse(t *testing.T) {
	for _, e := range []Event{Answer{}, Reject{Status: 486}, Hangup{}} {
		r := limitedTo(t, "20")
		r.must(r.do(e))
		if _, running := r.timers[awaitAnswer]; running {
			t.Errorf("%T: the timer still runs", e)
		}
		if r.do(Fired{Timer: awaitAnswer}) == nil {
			t.Errorf("%T: the time ran out all the same", e)
		}
	}
}

func TestExpiresThatIsNoNumberIsNoLimit(t *testing.T) {
	for _, value := range []string{"", "soon", "-1", "4294967296"} {
		if _, running := limitedTo(t, value).timers[awaitAnswer]; running {
			t.Errorf("%q is a limit", value)
		}
	}
}
