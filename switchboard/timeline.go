package switchboard

import (
	"time"

	"sidetone/trace"
)

// timeline keeps the moments that the durations of call.ended are made from. All times carry Go's monotonic reading.
type timeline struct {
	started  time.Time
	alerting time.Time // first 18x that says the other side is alerted: 180 or 183
	answered time.Time
	ended    time.Time

	heldSince time.Time // zero while media flows both ways
	held      time.Duration
}

// hold notes the direction that a hold or a resume led to. The call is held while either side holds it, which is to
// say while our direction is not sendrecv (RFC 3264 section 8.4).
func (t *timeline) hold(at time.Time, direction trace.MediaDirection) {
	switch {
	case direction == trace.SendRecv:
		t.release(at)
	case t.heldSince.IsZero():
		t.heldSince = at
	}
}

func (t *timeline) release(at time.Time) {
	if !t.heldSince.IsZero() {
		t.held += at.Sub(t.heldSince)
		t.heldSince = time.Time{}
	}
}

// end closes the timeline at the moment that ended the call.
func (t *timeline) end(at time.Time) {
	if t.ended.IsZero() {
		t.ended = at
		t.release(at)
	}
}

// durations fills the times of an Ended payload. Phases that never began are zero.
func (t *timeline) durations(e *trace.Ended) {
	span := func(from, to time.Time) trace.Micros { return trace.MicrosOf(max(to.Sub(from), 0)) }
	firstOf := func(times ...time.Time) time.Time {
		for _, at := range times {
			if !at.IsZero() {
				return at
			}
		}
		return t.ended
	}
	e.TotalUS = span(t.started, t.ended)
	e.SetupUS = span(t.started, firstOf(t.alerting, t.answered))
	if !t.alerting.IsZero() {
		e.RingingUS = span(t.alerting, firstOf(t.answered))
	}
	e.HeldUS = trace.MicrosOf(t.held)
	if !t.answered.IsZero() {
		e.TalkingUS = span(t.answered, t.ended) - e.HeldUS
	}
}
