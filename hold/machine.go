package hold

import "sidetone/trace"

// maxRetries bounds how often an offer is tried again after 491. RFC 3261 section 14.1 asks for one; two sides that
// collide twice are still likely to miss each other soon.
const maxRetries = 4

// Machine is the hold state of one session.
type Machine struct {
	opts      Options
	ownCallID bool

	state     State
	holds     bool   // the person here wants to hold
	asked     Method // that the hold was expected to take
	suspended bool   // the terminal is away
	declined  bool   // the peer has refused to hear of the suspension
	initiator string // of the suspension
	local     Wish   // what the peer has accepted last
	localHold bool   // of that, whether it is held; a suspension leaves it as it was

	flying    Wish   // what the offer in flight expresses
	included  bool   // the offer in flight is in a message of the owner's
	refreshes bool   // the offer in flight repeats what was agreed
	carried   Method // what the suspension was accepted by
	noUpdate  bool   // the peer has refused UPDATE as such

	remoteHold bool
	effective  trace.MediaDirection
	retries    int
	running    [timers]bool
}

// New makes the machine of a session without a hold. ownCallID says whether this side made the Call-ID, which decides
// how long it waits after 491.
func New(opts Options, ownCallID bool) *Machine {
	return &Machine{opts: opts.withDefaults(), ownCallID: ownCallID, effective: trace.SendRecv}
}

// Clone is a second machine that goes on from here, for another dialog that the same INVITE has made.
func (m *Machine) Clone() *Machine {
	c := *m
	return &c
}

// State tells where the local wish stands.
func (m *Machine) State() State { return m.state }

// LocalHold tells whether this side holds the peer: offered and accepted, not only wanted.
func (m *Machine) LocalHold() bool { return m.localHold }

// RemoteHold tells whether the peer holds this side.
func (m *Machine) RemoteHold() bool { return m.remoteHold }

// Suspended tells whether the terminal is away.
func (m *Machine) Suspended() bool { return m.suspended }

// NoUpdate tells whether the peer has refused UPDATE as such, whatever its Allow says.
func (m *Machine) NoUpdate() bool { return m.noUpdate }

// Direction is what the stream does now, seen from this side.
func (m *Machine) Direction() trace.MediaDirection { return m.effective }

// Step takes one input and returns what to do.
func (m *Machine) Step(in Input) ([]Effect, error) {
	switch in := in.(type) {
	case Hold:
		return m.command(true, in), nil
	case Resume:
		return m.command(false, Hold{}), nil
	case Suspend:
		return m.suspend(in), nil
	case Unsuspend:
		return m.unsuspend(), nil
	case Unblocked:
		return m.unblocked(), nil
	case Blocked:
		return m.blocked(in)
	case RemoteOffer:
		return m.remoteOffer(in)
	case OfferNeeded:
		return m.offerNeeded(in)
	case Refresh:
		return m.refresh(in)
	case Answered:
		return m.answered(in)
	case Refused:
		return m.refused(in)
	case UpdateRefused:
		m.noUpdate = true
		return nil, nil
	case TimerFired:
		return m.fired(in)
	case Ended:
		return m.ended(in), nil
	default:
		return nil, m.illegal(in)
	}
}

func (m *Machine) illegal(in Input) error { return &IllegalInputError{State: m.state, Input: in} }

// command notes a person's wish.
func (m *Machine) command(hold bool, in Hold) []Effect {
	if m.holds == hold {
		return nil
	}
	unmet := m.holds && !m.localHold && (m.state != Offering || m.flying != Holding)
	m.holds = hold
	out := m.changed()
	switch {
	case unmet: // what was asked for comes to nothing
		n := m.note(trace.HoldRefused, trace.Local, m.asked)
		n.Hold.Reason = trace.HoldTakenBack
		out = append(out, n)
	case hold && (!m.localHold || m.state != Stable || m.suspended):
		m.asked = in.Method
		n := m.note(trace.HoldRequested, trace.Local, in.Method)
		n.Hold.Direction, n.Hold.Reason = m.direction(Holding), in.Reason // nothing has changed yet: what is asked for
		if m.wish() == Suspended {
			n.Hold.Reason = trace.HoldWaitsForTerminal
		}
		out = append(out, n)
	}
	return out
}

func (m *Machine) blocked(in Blocked) ([]Effect, error) {
	if m.state != Offering || m.included {
		return nil, m.illegal(in)
	}
	m.state = Waiting
	if m.direction(m.wish()) == m.direction(m.local) {
		return append(m.settle(), m.pursue()...), nil
	}
	return nil, nil
}

func (m *Machine) unblocked() []Effect {
	if m.state != Waiting {
		return nil
	}
	return m.offer()
}

func (m *Machine) offerNeeded(in OfferNeeded) ([]Effect, error) {
	if m.state == Offering {
		return nil, m.illegal(in)
	}
	out := m.settle()
	m.state, m.flying, m.included, m.refreshes = Offering, m.wish(), true, false
	return append(out, IncludeOffer{Direction: m.direction(m.flying)}), nil
}

// refresh begins an exchange that is to change nothing.
func (m *Machine) refresh(in Refresh) ([]Effect, error) {
	if m.state != Stable {
		return nil, m.illegal(in)
	}
	m.state, m.flying, m.included, m.refreshes = Offering, m.local, true, true
	return nil, nil
}

// ended gives up what still waits: the call is over.
func (m *Machine) ended(Ended) []Effect {
	var out []Effect
	if m.holds && !m.localHold {
		n := m.note(trace.HoldRefused, trace.Local, m.asked)
		n.Hold.Reason = trace.HoldCallEnded
		out = append(out, n)
	}
	m.state, m.holds, m.retries = Stable, m.localHold, 0
	for t := range timers {
		out = append(out, m.stop(t)...)
	}
	return out
}

func (m *Machine) note(kind trace.Kind, by trace.Side, method Method) Note {
	if method == "" {
		method = ReINVITE
	}
	return Note{Kind: kind, Hold: trace.Hold{By: by, Method: string(method), Direction: m.effective}}
}
