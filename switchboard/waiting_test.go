package switchboard_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/media"
	"sidetone/media/tone"
	"sidetone/sipua"
	"sidetone/trace"
)

// standing is how the calls of a phone stand, by line: "talking handset", "held by local".
func standing(t *testing.T, p *phone) map[int]string {
	t.Helper()
	st, err := p.board.Status(t.Context())
	must(t, err)
	all := map[int]string{}
	for _, c := range st.Calls {
		text := string(c.State)
		for _, by := range c.HeldBy {
			text += " by " + string(by)
		}
		if !c.SuspendedUntil.IsZero() {
			text += " suspended"
		}
		if c.Handset {
			text += ", handset"
		}
		all[c.Line] = text
	}
	return all
}

func checkStanding(t *testing.T, when string, p *phone, want map[int]string) {
	t.Helper()
	if diff := cmp.Diff(want, standing(t, p)); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
}

// busy plays a story with a phone in the middle and two others that answer at once.
func busy(t *testing.T, middle setup, play func(t *testing.T, a, b, c *phone)) {
	t.Helper()
	crowd(t, middle, setup{}, func(t *testing.T, a, b, c, _ *phone) { play(t, a, b, c) })
}

func TestAnsweringASecondCallHoldsTheFirstAndBothCanBeSwapped(t *testing.T) {
	busy(t, neverAnswers, func(t *testing.T, a, b, c *phone) {
		dial(t, b, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), "1"))
		after(time.Second)
		dial(t, c, a.uri("101"))
		after(time.Second)
		checkStanding(t, "the second rings", a, map[int]string{1: "talking, handset", 2: "ringing"})
		must(t, a.board.Answer(t.Context(), "2"))
		after(time.Second)
		checkStanding(t, "the second is answered", a, map[int]string{1: "held by local", 2: "talking, handset"})
		checkStanding(t, "the first caller", b, map[int]string{1: "held by remote, handset"})
		must(t, a.board.Swap(t.Context()))
		after(time.Second)
		checkStanding(t, "swapped", a, map[int]string{1: "talking, handset", 2: "held by local"})
		must(t, a.board.Resume(t.Context(), "2"))
		after(time.Second)
		checkStanding(t, "the second is resumed by its line", a, map[int]string{1: "held by local", 2: "talking, handset"})
		must(t, a.board.Hangup(t.Context(), ""))
		after(time.Second)
		checkStanding(t, "the second is over", a, map[int]string{1: "held by local"})
		must(t, a.board.Resume(t.Context(), ""))
		after(time.Second)
		checkStanding(t, "the first is taken back", a, map[int]string{1: "talking, handset"})
		if err := a.board.Swap(t.Context()); err == nil {
			t.Error("there is nothing to swap with")
		}
	})
}

// A simulated person who answers by itself takes as many calls as a test places: none of them is held for the next.
func TestCallsThatASimulatedPersonTakesByItselfAreTalkedToAllAtOnce(t *testing.T) {
	busy(t, setup{}, func(t *testing.T, a, b, c *phone) {
		dial(t, b, a.uri("101"))
		after(time.Second)
		dial(t, c, a.uri("101"))
		after(time.Second)
		checkStanding(t, "both are answered", a, map[int]string{1: "talking", 2: "talking, handset"})
		for _, p := range []*phone{b, c} {
			if p.sim.Heard().ToneHz == 0 {
				t.Errorf("heard %+v", p.sim.Heard())
			}
		}
		must(t, a.board.Hold(t.Context(), "1"))
		after(time.Second)
		must(t, a.board.Swap(t.Context())) // from here on it is a person's doing
		after(time.Second)
		checkStanding(t, "swapped", a, map[int]string{1: "talking, handset", 2: "held by local"})
	})
}

func TestDiallingInACallHoldsItFirst(t *testing.T) {
	busy(t, setup{}, func(t *testing.T, a, b, c *phone) {
		dial(t, a, b.uri("102"))
		after(time.Second)
		dial(t, a, c.uri("103"))
		after(time.Second)
		checkStanding(t, "two calls", a, map[int]string{1: "held by local", 2: "talking, handset"})
		checkStanding(t, "whom the first call is with", b, map[int]string{1: "held by remote, handset"})
	})
}

func TestTheToneOfAWaitingCallIsHeardOverTheConversation(t *testing.T) {
	middle := neverAnswers
	middle.board.CallWaiting = func() media.Source { return tone.Sine(1500) }
	busy(t, middle, func(t *testing.T, a, b, c *phone) {
		dial(t, b, a.uri("101"))
		after(time.Second)
		must(t, a.board.Answer(t.Context(), ""))
		after(time.Second)
		spoken := a.sim.Heard()
		dial(t, c, a.uri("101"))
		after(time.Second)
		if knocked := a.sim.Heard(); spoken.ToneHz == 1500 || knocked == spoken {
			t.Errorf("before %+v, while the second call rings %+v", spoken, knocked)
		}
		must(t, a.board.Reject(t.Context(), "2", 486))
		after(time.Second)
		if got := a.sim.Heard(); got != spoken {
			t.Errorf("when it is declined: %+v", got)
		}
	})
}

func TestAPersonWhoHoldsIsReminded(t *testing.T) {
	middle := setup{sip: func(o *sipua.Options) { o.Hold.RemindEvery = 30 * time.Second }}
	busy(t, middle, func(t *testing.T, a, b, _ *phone) {
		dial(t, a, b.uri("102"))
		after(time.Second)
		must(t, a.board.Hold(t.Context(), ""))
		after(65 * time.Second)
		if got := a.sim.Reminded(); got != 2 || len(a.ledger.data(trace.HoldReminded)) != 2 {
			t.Errorf("reminded %d times, %d events", got, len(a.ledger.data(trace.HoldReminded)))
		}
		must(t, a.board.Resume(t.Context(), ""))
		after(time.Minute)
		if got := a.sim.Reminded(); got != 2 {
			t.Errorf("reminded %d times, the last after the hold", got)
		}
	})
}
