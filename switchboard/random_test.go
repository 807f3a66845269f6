package switchboard_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/switchboard"
	"sidetone/trace"
)

// TestWhateverPeopleDoEveryCallIsToldToItsEnd has two people do anything at any moment, with several calls at a time, on bad
// networks. Every call ends once in the trace, with its media closed, and nothing of it stays behind.
func TestWhateverPeopleDoEveryCallIsToldToItsEnd(t *testing.T) {
	runs := uint64(12)
	if testing.Short() {
		runs = 4
	}
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) { randomHouse(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomHouse(t *testing.T, seed uint64) {
	network := siptest.NewNetwork(seed)
	random := rand.New(rand.NewPCG(seed, 11))
	network.SetFaults(siptest.Faults{
		Loss: 0.2 * random.Float64(), Duplication: 0.2 * random.Float64(),
		Delay: time.Duration(random.IntN(100)) * time.Millisecond, Jitter: time.Duration(random.IntN(300)) * time.Millisecond,
	})
	s := neverAnswers
	s.board = switchboard.Options{MaxCalls: 3, RingFor: 20 * time.Second}
	if seed%2 == 1 {
		s.board.ProgressAfter, s.board.RingingAfter = 700*time.Millisecond, 1100*time.Millisecond
	}
	a, b := newPhone(t, network, "10.0.0.1", s), newPhone(t, network, "10.0.0.2", s)
	for range 20 + random.IntN(30) {
		after(time.Duration(random.IntN(1500)) * time.Millisecond)
		if random.IntN(2) == 0 {
			act(t, random, a, b)
		} else {
			act(t, random, b, a)
		}
	}
	if random.IntN(2) == 0 {
		after(time.Duration(random.IntN(60)) * time.Second)
	}
	a.stop()
	b.stop()
	for _, p := range []*phone{a, b} {
		toldToTheEnd(t, p.ledger)
	}
}

// act is one thing that a person does. Much of it makes no sense at the moment, and is refused.
func act(t *testing.T, random *rand.Rand, p, other *phone) {
	ref := [...]string{"", "", "1", "2"}[random.IntN(4)]
	switch ctx := t.Context(); random.IntN(12) {
	case 0, 1, 2:
		_, _ = p.board.Dial(ctx, other.uri("phone"))
	case 3, 4:
		_ = p.board.Answer(ctx, ref)
	case 5:
		_ = p.board.Hold(ctx, ref)
	case 6:
		_ = p.board.Resume(ctx, ref)
	case 7:
		_ = p.board.Hangup(ctx, ref)
	case 8:
		_ = p.board.Reject(ctx, ref, 0)
	case 9:
		_ = p.sim.SetHook(true)
	case 10:
		_ = p.sim.SetHook(false)
	case 11:
		_ = p.sim.Press("7#")
	}
}

// toldToTheEnd checks every call of a ledger.
func toldToTheEnd(t *testing.T, l *ledger) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	type count struct{ begun, ended, mediaBegun, mediaEnded, lateMedia int }
	calls := map[string]*count{}
	for _, e := range l.events {
		c := calls[e.Call]
		if c == nil {
			c = &count{}
			calls[e.Call] = c
		}
		switch e.Kind {
		case trace.CallInitiated:
			c.begun++
		case trace.CallEnded:
			c.ended++
			if d, ok := e.Data.(trace.Ended); ok && (d.TalkingUS < 0 || d.HeldUS < 0 || d.TotalUS < d.TalkingUS+d.HeldUS) {
				t.Errorf("call %s: %+v", e.Call, d)
			}
		case trace.MediaStarted:
			c.mediaBegun++
			c.lateMedia += c.ended
		case trace.MediaStopped:
			c.mediaEnded++
			c.lateMedia += c.ended
		default:
		}
	}
	for id, c := range calls {
		if c.begun != c.ended || c.begun > 1 || c.mediaBegun != c.mediaEnded || c.lateMedia > 0 {
			t.Errorf("call %q: %+v", id, *c)
		}
	}
}
