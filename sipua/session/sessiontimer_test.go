package session

import (
	"fmt"
	"testing"
	"time"
)

func TestSessionTimerTakesEveryInputInEveryState(t *testing.T) {
	const interval = 90 * time.Second
	began := time.Unix(1_000, 0)
	inputs := []timerInput{
		timerAgreed{interval: interval, ours: true},
		timerAgreed{interval: interval},
		timerAgreed{},
		timerFired{},
		timerRefused{},
		timerRefused{wait: 3 * time.Second},
		timerRefused{wait: time.Hour},
	}
	// At 50 s the last moment, 60 s, is 10 s ahead.
	for state, want := range map[timerState][]string{
		timerUnlimited:  {"start 45s keeping", "start 1m0s watching", "stop unlimited", "unlimited", "unlimited", "unlimited", "unlimited"},
		timerKeeping:    {"start 45s keeping", "start 1m0s watching", "stop unlimited", "refresh refreshing", "keeping", "keeping", "keeping"},
		timerRefreshing: {"start 45s keeping", "start 1m0s watching", "stop unlimited", "refresh refreshing", "start 10s refreshing", "start 3s refreshing", "start 10s refreshing"},
		timerWatching:   {"start 45s keeping", "start 1m0s watching", "stop unlimited", "expire watching", "watching", "watching", "watching"},
	} {
		for i, in := range inputs {
			m := sessionTimer{state: state, interval: interval, expires: began.Add(interval)}
			if got := outcomeOf(&m, began.Add(50*time.Second), in); got != want[i] {
				t.Errorf("%s: %T%+v: got %s, want %s", state, in, in, got, want[i])
			}
		}
	}
}

func outcomeOf(m *sessionTimer, now time.Time, in timerInput) string {
	switch e := m.Step(now, in).(type) {
	case timerStart:
		return fmt.Sprintf("start %s %s", e.after, m.state)
	case timerStop:
		return fmt.Sprintf("stop %s", m.state)
	case timerRefresh:
		return fmt.Sprintf("refresh %s", m.state)
	case timerExpire:
		return fmt.Sprintf("expire %s", m.state)
	default:
		return m.state.String()
	}
}

func TestWhoIsNotRefreshedWaitsUntilShortlyBeforeTheEnd(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		90 * time.Second: time.Minute, 96 * time.Second: 64 * time.Second, 30 * time.Minute: 30*time.Minute - 32*time.Second,
	} {
		var m sessionTimer
		if got := m.Step(time.Unix(1_000, 0), timerAgreed{interval: interval}); got != (timerStart{after: want}) {
			t.Errorf("%s: %+v", interval, got)
		}
	}
}

func TestRefreshThatIsRefusedIsTriedAgainUntilTheLastMoment(t *testing.T) {
	now := time.Unix(1_000, 0)
	var m sessionTimer
	m.Step(now, timerAgreed{interval: 30 * time.Minute, ours: true})
	now = now.Add(15 * time.Minute)
	tries := 0
	for in := timerInput(timerFired{}); ; {
		switch e := m.Step(now, in).(type) {
		case timerRefresh:
			tries++
			in = timerRefused{}
		case timerStart:
			now = now.Add(e.after)
			in = timerFired{}
		case timerExpire:
			if left := m.expires.Sub(now); left != 32*time.Second || tries < 2 || tries > 10 {
				t.Errorf("%d tries, expired with %s left", tries, left)
			}
			return
		default:
			t.Fatalf("%T", e)
		}
	}
}

func TestWhoRefreshesAloneGoesOnAfterARefusal(t *testing.T) {
	now := time.Unix(1_000, 0)
	var m sessionTimer
	m.Step(now, timerAgreed{interval: 30 * time.Minute, ours: true, alone: true})
	m.Step(now.Add(15*time.Minute), timerFired{})
	if got := outcomeOf(&m, now.Add(15*time.Minute), timerRefused{}); got != "start 15m0s keeping" {
		t.Error(got)
	}
}
