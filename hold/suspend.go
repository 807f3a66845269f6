package hold

import (
	"time"

	"sidetone/trace"
)

// recoveryOnTimerExpiry is the cause of ITU-T Q.850 table 1.
const recoveryOnTimerExpiry = 102

// suspend begins a suspension; one that lasts already goes on.
func (m *Machine) suspend(in Suspend) []Effect {
	if m.suspended {
		return nil
	}
	m.suspended, m.declined, m.initiator = true, false, in.Initiator
	out := []Effect{m.suspension(trace.SuspendStarted)}
	out = append(out, m.start(Suspension, m.suspensionTime())...)
	return append(out, m.changed()...)
}

// unsuspend ends a suspension: the terminal is back.
func (m *Machine) unsuspend() []Effect {
	if !m.suspended {
		return nil
	}
	out := append([]Effect{m.suspension(trace.SuspendResumed)}, m.stop(Suspension)...)
	m.suspended, m.declined = false, false
	return append(out, m.changed()...)
}

// suspensionExpired releases a call whose terminal has not come back in time (RFC 3398 section 9.1, ITU-T Q.764).
func (m *Machine) suspensionExpired() []Effect {
	timer, _ := m.suspensionTimer()
	return []Effect{m.suspension(trace.SuspendExpired), Release{Q850: recoveryOnTimerExpiry, Text: timer + " expired"}}
}

// holdExpired releases a call that was held for longer than this device allows.
func (m *Machine) holdExpired() []Effect {
	return []Effect{m.note(trace.HoldExpired, trace.Local, m.asked), Release{Q850: recoveryOnTimerExpiry, Text: "hold time over"}}
}

func (m *Machine) suspension(kind trace.Kind) SuspendNote {
	timer, after := m.suspensionTimer()
	return SuspendNote{Kind: kind, Initiator: m.initiator, Timer: timer, After: after}
}

// suspensionTimer is the timer that bounds the suspension, as ISUP calls it, and its time.
func (m *Machine) suspensionTimer() (string, time.Duration) {
	if m.initiator == trace.SuspendByNetwork {
		return trace.ISUPT6, m.opts.T6
	}
	return trace.ISUPT2, m.opts.T2
}

func (m *Machine) suspensionTime() time.Duration {
	_, after := m.suspensionTimer()
	return after
}
