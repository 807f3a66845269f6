package switchboard_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/sim"
	"sidetone/switchboard"
	"sidetone/trace"
)

// outcome is what a call's end says, apart from its durations.
type outcome struct {
	Result trace.Result
	Side   trace.Side
	Last   int
	Holds  int
}

func outcomeOf(f trace.Fold) outcome { return outcome{f.Result, f.Side, f.LastResponse, f.Holds} }

func checkBoth(t *testing.T, a, b *phone, wantA, wantB outcome) {
	t.Helper()
	for name, c := range map[string]struct {
		p    *phone
		want outcome
	}{"caller": {a, wantA}, "called": {b, wantB}} {
		f := c.p.ledger.fold("")
		if diff := cmp.Diff(c.want, outcomeOf(f)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !f.Complete {
			t.Errorf("%s: the trace is not complete: %+v", name, f)
		}
	}
}

func dial(t *testing.T, p *phone, target string) string {
	t.Helper()
	id, err := p.board.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestACallThatIsAnsweredHeldByEachSideAndHungUp(t *testing.T) {
	pair(t, setup{}, setup{person: sim.Options{AnswerAfter: 2 * time.Second}}, func(t *testing.T, a, b *phone) {
		id := dial(t, a, b.uri("102"))
		after(3 * time.Second)
		must(t, a.board.Hold(t.Context(), ""))
		after(2 * time.Second)
		must(t, a.board.Resume(t.Context(), ""))
		after(time.Second)
		must(t, b.board.Hold(t.Context(), ""))
		after(3 * time.Second)
		must(t, b.board.Resume(t.Context(), ""))
		after(time.Second)
		must(t, a.board.Hangup(t.Context(), ""))
		after(time.Second)

		checkBoth(t, a, b, outcome{trace.ResultAnswered, trace.Local, 200, 2}, outcome{trace.ResultAnswered, trace.Remote, 200, 2})
		want := []trace.Kind{
			trace.CallInitiated, trace.CallProgress, trace.CallRinging, trace.CallAnswered,
			trace.HoldConfirmed, trace.HoldResumed, trace.HoldConfirmed, trace.HoldResumed, trace.CallEnded,
		}
		all := a.ledger.kinds(id)
		got := slices.DeleteFunc(slices.Clone(all), func(k trace.Kind) bool { return !slices.Contains(want, k) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the caller's events: %s", diff)
		}
		wantMedia := []trace.Kind{trace.MediaStarted, trace.MediaChanged, trace.MediaChanged, trace.MediaChanged, trace.MediaChanged, trace.MediaStopped}
		gotMedia := slices.DeleteFunc(slices.Clone(all), func(k trace.Kind) bool { return !slices.Contains(wantMedia, k) })
		if diff := cmp.Diff(wantMedia, gotMedia); diff != "" {
			t.Errorf("the caller's media: %s", diff)
		}
		measured := slices.DeleteFunc(slices.Clone(all), func(k trace.Kind) bool { return k != trace.MediaQuality })
		if len(measured) < 2 { // one when the call ends, and one for each 5 s before
			t.Errorf("the sound was measured %d times in 10 s", len(measured))
		}
		if last := all[len(all)-2:]; last[1] != trace.CallEnded || last[0] != trace.MediaStopped {
			t.Errorf("the call ends with %v", last)
		}
		f := a.ledger.fold(id)
		near := func(name string, got trace.Micros, want time.Duration) {
			if d := got.Duration() - want; d < -200*time.Millisecond || d > 200*time.Millisecond {
				t.Errorf("%s took %v, want about %v", name, got.Duration(), want)
			}
		}
		near("ringing", f.RingingUS, 2*time.Second)
		near("held", f.HeldUS, 5*time.Second)
		near("talking", f.TalkingUS, 3*time.Second)
		near("total", f.TotalUS, 10*time.Second)
	})
}

func TestHowCallsEnd(t *testing.T) {
	busy := setup{person: sim.Options{RejectWith: 486}}
	declines := setup{person: sim.Options{RejectWith: 603}}
	hangsUp := setup{person: sim.Options{AnswerAfter: time.Second, HangupAfter: time.Second}}
	for name, tc := range map[string]struct {
		caller, called setup
		user           string
		play           func(t *testing.T, a, b *phone)
		a, b           outcome
	}{
		"busy":     {setup{}, busy, "102", nil, outcome{trace.ResultBusy, trace.Remote, 486, 0}, outcome{trace.ResultBusy, trace.Local, 486, 0}},
		"declined": {setup{}, declines, "102", nil, outcome{trace.ResultFailed, trace.Remote, 603, 0}, outcome{trace.ResultFailed, trace.Local, 603, 0}},
		"called person hangs up": {
			setup{}, hangsUp, "102", nil, outcome{trace.ResultAnswered, trace.Remote, 200, 0}, outcome{trace.ResultAnswered, trace.Local, 200, 0},
		},
		"caller gives up": {
			setup{},
			neverAnswers, "102",
			func(t *testing.T, a, _ *phone) { must(t, a.board.Hangup(t.Context(), "")) },
			outcome{trace.ResultCancelled, trace.Local, 487, 0},
			outcome{trace.ResultCancelled, trace.Remote, 487, 0},
		},
		"nobody answers in the caller's time": {
			setup{board: switchboard.Options{RingFor: 2 * time.Second}},
			neverAnswers, "102", nil,
			outcome{trace.ResultNoAnswer, trace.Timer, 180, 0},
			outcome{trace.ResultCancelled, trace.Remote, 487, 0},
		},
		"nobody answers in the called phone's time": {
			setup{},
			neverAnswers, "102", func(*testing.T, *phone, *phone) { after(time.Minute) },
			outcome{trace.ResultNoAnswer, trace.Remote, 480, 0},
			outcome{trace.ResultNoAnswer, trace.Local, 480, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pair(t, tc.caller, tc.called, func(t *testing.T, a, b *phone) {
				dial(t, a, b.uri(tc.user))
				after(5 * time.Second)
				if tc.play != nil {
					tc.play(t, a, b)
				}
				after(5 * time.Second)
				checkBoth(t, a, b, tc.a, tc.b)
			})
		})
	}
}

func TestAnUnknownNumberIsNotFoundAndMakesNoCallThere(t *testing.T) {
	pair(t, setup{}, setup{}, func(t *testing.T, a, b *phone) {
		dial(t, a, b.uri("199"))
		after(time.Second)
		if got, want := outcomeOf(a.ledger.fold("")), (outcome{trace.ResultFailed, trace.Remote, 404, 0}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if f := b.ledger.fold(""); f.ID != "" {
			t.Errorf("the called phone has a call: %+v", f)
		}
	})
}

func TestNothingComesBackFromAnAddressWhereNobodyIs(t *testing.T) {
	pair(t, setup{}, setup{}, func(t *testing.T, a, _ *phone) {
		dial(t, a, "sip:104@10.0.0.99")
		after(40 * time.Second)
		f := a.ledger.fold("")
		if got, want := outcomeOf(f), (outcome{trace.ResultFailed, trace.Network, 0, 0}); got != want || !f.Complete {
			t.Errorf("got %v, want %v; complete %v", got, want, f.Complete)
		}
	})
}

func TestANumberOutsideTheAllowedDirectionsNeverLeavesThePhone(t *testing.T) {
	pair(t, setup{board: switchboard.Options{Allowed: []string{"1", "+1514"}}}, setup{}, func(t *testing.T, a, b *phone) {
		id := dial(t, a, "900-555-0100")
		after(time.Second)
		f := a.ledger.fold(id)
		if got, want := outcomeOf(f), (outcome{trace.ResultBlocked, trace.Local, switchboard.StatusBlocked, 0}); got != want || !f.Complete {
			t.Errorf("got %v, want %v; complete %v", got, want, f.Complete)
		}
		want := []trace.Kind{trace.CallInitiated, trace.RouteBlocked, trace.CallEnded}
		if diff := cmp.Diff(want, a.ledger.kinds(id)); diff != "" {
			t.Error(diff)
		}
		if len(a.ledger.events) != len(want) {
			t.Errorf("%d events: something crossed the wire", len(a.ledger.events))
		}
		if id = dial(t, a, "sip:1-02@"+b.addr); len(a.ledger.kinds(id)) == 0 {
			t.Error("an allowed number was not dialled")
		}
	})
}

func TestAPhoneThatTakesOneCallIsBusyForTheSecond(t *testing.T) {
	one := setup{person: sim.Options{AnswerAfter: time.Second}, board: switchboard.Options{MaxCalls: 1}}
	pair(t, setup{}, one, func(t *testing.T, a, b *phone) {
		first := dial(t, a, b.uri("102"))
		after(2 * time.Second)
		second := dial(t, a, b.uri("102"))
		after(time.Second)
		if got, want := outcomeOf(a.ledger.fold(second)), (outcome{trace.ResultBusy, trace.Remote, 486, 0}); got != want {
			t.Errorf("second call: got %v, want %v", got, want)
		}
		if got := b.ledger.lastEnd(); got.Reason != trace.AllLinesBusy || got.Q850 != 17 {
			t.Errorf("the called phone says %+v", got)
		}
		must(t, a.board.Hangup(t.Context(), first))
		after(time.Second)
		if got := a.ledger.fold(first); got.Result != trace.ResultAnswered || !got.Complete {
			t.Errorf("first call: %+v", got)
		}
	})
}

func TestACallThatIsDeclinedWith480SaysThatItWasRejected(t *testing.T) {
	pair(t, setup{}, neverAnswers, func(t *testing.T, a, b *phone) {
		dial(t, a, b.uri("102"))
		after(2 * time.Second)
		must(t, b.board.Reject(t.Context(), "", 480))
		after(time.Second)
		if got := b.ledger.lastEnd(); got.Side != trace.Local || got.LastResponse != 480 || got.Q850 != 21 {
			t.Errorf("the called phone says %+v", got)
		}
		if got := a.ledger.lastEnd(); got.LastResponse != 480 || got.Q850 != 0 {
			t.Errorf("the calling phone says %+v, which nobody told it", got)
		}
	})
}

func TestALiftedHandsetDialsWhatIsKeyedAndItsStoryBeginsThere(t *testing.T) {
	pair(t, setup{}, setup{person: sim.Options{AnswerAfter: time.Second}}, func(t *testing.T, a, b *phone) {
		must(t, a.sim.SetHook(true))
		after(time.Second)
		must(t, a.sim.Press("10"))
		after(time.Second)
		must(t, a.sim.Press("2"))
		after(5 * time.Second)
		if f := a.ledger.fold(""); f.To.URI != "sip:102@10.0.0.1" {
			t.Errorf("dialled %q", f.To.URI)
		}
		kinds := a.ledger.kinds(a.ledger.fold("").ID)
		want := []trace.Kind{trace.DeviceHook, trace.DeviceKey, trace.DeviceKey, trace.CallInitiated}
		if len(kinds) < len(want) || !slices.Equal(kinds[:len(want)], want) {
			t.Errorf("the call begins with %v", kinds)
		}
		must(t, a.sim.SetHook(false))
		after(40 * time.Second)
		if f := a.ledger.fold(""); !f.Complete {
			t.Errorf("not complete: %+v", f)
		}
	})
}

func TestPuttingTheHandsetBackHangsUp(t *testing.T) {
	pair(t, setup{}, neverAnswers, func(t *testing.T, a, b *phone) {
		dial(t, a, b.uri("102"))
		after(time.Second)
		must(t, b.sim.SetHook(true)) // answers the ringing call
		after(time.Second)
		must(t, b.sim.SetHook(false))
		after(time.Second)
		checkBoth(t, a, b, outcome{trace.ResultAnswered, trace.Remote, 200, 0}, outcome{trace.ResultAnswered, trace.Local, 200, 0})
	})
}

func TestStoppingTheAgentEndsItsCallsWithBye(t *testing.T) {
	pair(t, setup{}, setup{person: sim.Options{AnswerAfter: time.Second}}, func(t *testing.T, a, b *phone) {
		dial(t, a, b.uri("102"))
		after(3 * time.Second)
		a.stop()
		after(time.Second)
		checkBoth(t, a, b, outcome{trace.ResultAnswered, trace.Local, 200, 0}, outcome{trace.ResultAnswered, trace.Remote, 200, 0})
	})
}

func TestCommandsThatFitNoCallSayWhy(t *testing.T) {
	pair(t, setup{}, neverAnswers, func(t *testing.T, a, b *phone) {
		if err := a.board.Hold(t.Context(), ""); err == nil {
			t.Error("hold without a call: no error")
		}
		dial(t, a, b.uri("102"))
		after(time.Second)
		if err := a.board.Answer(t.Context(), ""); err == nil {
			t.Error("answer an outgoing call: no error")
		}
		if err := a.board.Hangup(t.Context(), "NOPE"); err == nil {
			t.Error("hang up an unknown call: no error")
		}
		if err := b.board.Reject(t.Context(), "1", 200); err == nil {
			t.Error("reject with 200: no error")
		}
		must(t, b.board.Reject(t.Context(), "1", 486))
		after(time.Second)
		checkBoth(t, a, b, outcome{trace.ResultBusy, trace.Remote, 486, 0}, outcome{trace.ResultBusy, trace.Local, 486, 0})
	})
}
