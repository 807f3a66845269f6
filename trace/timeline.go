package trace

import "time"

// Timeline keeps the moments that the durations of call.ended are made from. Moments are monotonic times since any one
// origin. The zero value is ready.
type Timeline struct {
	_                             [0]func() // not to be compared, so no code is made for it
	begin, alerted, answered, end time.Duration
	rang, talked, over            bool

	held      time.Duration
	heldSince time.Duration
	holders   holders
}

// holders is who or what holds a call.
type holders struct{ local, remote, suspended bool }

func (h holders) any() bool { return h != holders{} }

// Begin sets the start of the call.
func (t *Timeline) Begin(at time.Duration) { t.begin = at }

// Alert notes that the other side is alerted, by 180 or 183; the first time counts.
func (t *Timeline) Alert(at time.Duration) {
	if !t.rang {
		t.rang, t.alerted = true, at
	}
}

// Answer notes the answer. A hold of before it counts from here on: nobody could have talked.
func (t *Timeline) Answer(at time.Duration) {
	t.talked, t.answered = true, at
	t.held, t.heldSince = 0, at
}

// Hold notes that a side, Local or Remote, holds the call, or no longer does. The call is held while either does.
func (t *Timeline) Hold(at time.Duration, by Side, holds bool) {
	h := t.holders
	if by == Local {
		h.local = holds
	} else {
		h.remote = holds
	}
	t.hold(at, h)
}

// Suspend notes that the terminal went away, or came back. The call is held meanwhile, whatever else holds it.
func (t *Timeline) Suspend(at time.Duration, away bool) {
	h := t.holders
	h.suspended = away
	t.hold(at, h)
}

func (t *Timeline) hold(at time.Duration, by holders) {
	was, is := t.holders.any(), by.any()
	t.holders = by
	switch {
	case is && !was:
		t.heldSince = at
	case was && !is:
		t.held += at - t.heldSince
	}
}

// End closes the timeline at the moment that ended the call; the first time counts.
func (t *Timeline) End(at time.Duration) {
	if !t.over {
		t.over, t.end = true, at
		t.hold(at, holders{})
	}
}

// Rang tells whether the other side was alerted.
func (t *Timeline) Rang() bool { return t.rang }

// Answered tells whether the call was answered.
func (t *Timeline) Answered() bool { return t.talked }

// Measure fills the times of an Ended payload. Phases that never began are zero.
func (t *Timeline) Measure(e *Ended) {
	span := func(from, to time.Duration) Micros { return MicrosOf(max(to-from, 0)) }
	ringEnd := t.end
	if t.talked {
		ringEnd = t.answered
	}
	setupEnd := ringEnd
	if t.rang {
		setupEnd = t.alerted
		e.RingingUS = span(t.alerted, ringEnd)
	}
	e.SetupUS = span(t.begin, setupEnd)
	e.TotalUS = span(t.begin, t.end)
	e.HeldUS = MicrosOf(t.held)
	if t.talked {
		e.TalkingUS = max(span(t.answered, t.end)-e.HeldUS, 0)
	}
}
