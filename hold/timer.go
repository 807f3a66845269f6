package hold

import (
	"fmt"
	"time"

	"sidetone/trace"
)

// Timer is a timer of a Machine.
type Timer uint8

// The timers.
const (
	Retry      Timer = iota // after 491 or 500 (RFC 3261 sections 14.1, 21.5.1)
	Suspension              // ISUP T2 or T6
	Reminder                // a call is still held
	Limit                   // the longest that a call is held
	timers
)

var timerNames = [timers]string{"retry", "suspension", "reminder", "limit"}

func (t Timer) String() string {
	if t < timers {
		return timerNames[t]
	}
	return fmt.Sprintf("timer %d", uint8(t))
}

// start asks for a timer, unless its time is none.
func (m *Machine) start(t Timer, after time.Duration) []Effect {
	if after <= 0 {
		return nil
	}
	return m.startBetween(t, after, after)
}

func (m *Machine) startBetween(t Timer, least, most time.Duration) []Effect {
	m.running[t] = true
	return []Effect{StartTimer{Timer: t, Min: least, Max: most}}
}

// stop takes a timer back that runs.
func (m *Machine) stop(t Timer) []Effect {
	if !m.running[t] {
		return nil
	}
	m.running[t] = false
	return []Effect{StopTimer{Timer: t}}
}

// fired is the end of a timer's time.
func (m *Machine) fired(in TimerFired) ([]Effect, error) {
	if in.Timer >= timers || !m.running[in.Timer] {
		return nil, m.illegal(in)
	}
	m.running[in.Timer] = false
	switch in.Timer {
	case Retry:
		return m.offer(), nil
	case Suspension:
		return m.suspensionExpired(), nil
	case Reminder:
		return append([]Effect{m.note(trace.HoldReminded, trace.Local, m.asked)}, m.start(Reminder, m.opts.RemindEvery)...), nil
	case Limit:
		return m.holdExpired(), nil
	case timers:
	}
	return nil, m.illegal(in)
}

// GlareWait is between what times the wait after 491 is drawn, in units of 10 ms (RFC 3261 section 14.1).
func GlareWait(ownCallID bool) (least, most time.Duration) {
	if ownCallID {
		return 2100 * time.Millisecond, 4 * time.Second
	}
	return 0, 2 * time.Second
}
