package switchboard_test

import (
	"slices"
	"testing"
	"time"

	"sidetone/hold"
	"sidetone/sipua"
	"sidetone/trace"
)

// suspending is a phone whose calls are suspended for ten seconds at most.
func suspending(onHook bool) setup {
	s := neverAnswers
	s.board.OnHookSuspends = onHook
	s.sip = func(o *sipua.Options) { o.Hold = hold.Options{T2: 10 * time.Second, T6: 10 * time.Second} }
	return s
}

func TestATerminalThatIsUnpluggedKeepsItsCallUntilT2(t *testing.T) {
	for name, back := range map[string]bool{"it is plugged in again": true, "it stays away": false} {
		t.Run(name, func(t *testing.T) {
			pair(t, setup{}, suspending(false), func(t *testing.T, a, b *phone) {
				id := dial(t, a, b.uri("102"))
				after(time.Second)
				must(t, b.board.Answer(t.Context(), ""))
				after(time.Second)
				must(t, b.sim.Plug(false))
				after(5 * time.Second)
				checkStanding(t, "unplugged", b, map[int]string{1: "held suspended, handset"})
				checkStanding(t, "the other side", a, map[int]string{1: "held by remote, handset"})
				if back {
					must(t, b.sim.Plug(true))
					after(time.Second)
					checkStanding(t, "plugged in", b, map[int]string{1: "talking, handset"})
					after(time.Minute)
					must(t, a.board.Hangup(t.Context(), id))
				}
				after(time.Minute)
				f := b.ledger.fold("")
				want, held := outcome{trace.ResultAnswered, trace.Remote, 200, 0}, 5*time.Second
				if !back {
					want, held = outcome{trace.ResultAnswered, trace.Timer, 200, 0}, 10*time.Second
				}
				if outcomeOf(f) != want || !f.Complete || (f.HeldUS.Duration()-held).Abs() > time.Second {
					t.Errorf("%+v", f)
				}
				if got := a.ledger.fold(""); got.Q850 == 102 == back {
					t.Errorf("the other side is told of cause %d", got.Q850)
				}
				if expired := len(b.ledger.data(trace.SuspendExpired)) == 1; expired == back {
					t.Errorf("expired %t", expired)
				}
			})
		})
	}
}

// The called person of a gateway port hangs up, and picks up again in time or not; who has called hangs up, as everybody does at an
// ordinary phone.
func TestPuttingTheHandsetDown(t *testing.T) {
	tests := map[string]struct {
		onHook, caller, back bool
		want                 []trace.Kind
		side                 trace.Side
	}{
		"at an ordinary phone":      {false, false, false, nil, trace.Local},
		"who has called":            {true, true, false, nil, trace.Local},
		"who was called comes back": {true, false, true, []trace.Kind{trace.SuspendStarted, trace.SuspendResumed}, trace.Remote},
		"who was called stays away": {true, false, false, []trace.Kind{trace.SuspendStarted, trace.SuspendExpired}, trace.Timer},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			pair(t, suspending(tt.onHook), suspending(tt.onHook), func(t *testing.T, a, b *phone) {
				must(t, a.sim.SetHook(true))
				after(time.Second)
				id := dial(t, a, b.uri("102"))
				after(time.Second)
				must(t, b.sim.SetHook(true)) // which answers
				after(time.Second)
				down, other := b, a
				if tt.caller {
					down, other = a, b
				}
				must(t, down.sim.SetHook(false))
				after(5 * time.Second)
				if tt.back {
					must(t, down.sim.SetHook(true))
					after(time.Second)
					checkStanding(t, "back", down, map[int]string{1: "talking, handset"})
					must(t, other.board.Hangup(t.Context(), id))
				}
				after(time.Minute)
				var got []trace.Kind
				for _, e := range down.ledger.kinds(down.ledger.fold("").ID) {
					if e == trace.SuspendStarted || e == trace.SuspendResumed || e == trace.SuspendExpired {
						got = append(got, e)
					}
				}
				if f := down.ledger.fold(""); !slices.Equal(got, tt.want) || f.Side != tt.side || !f.Complete {
					t.Errorf("%v, %+v", got, f)
				}
			})
		})
	}
}
