package hold

import (
	"time"

	"sidetone/trace"
)

// maxRetries bounds how often an offer is tried again after 491. RFC 3261 section 14.1 asks for one; two sides that
// collide twice are still likely to miss each other soon.
const maxRetries = 4

// Machine is the hold state of one session.
type Machine struct {
	opts      Options
	ownCallID bool

	state     State
	localHold bool // signalled to the peer and accepted
	want      bool // what the local side wants LocalHold to be
	flying    bool // the LocalHold that the offer in flight expresses
	included  bool // the offer in flight is in a message of the owner's
	refreshes bool // the offer in flight repeats what was agreed

	remoteHold bool
	effective  trace.MediaDirection
	retries    int
}

// New makes the machine of a session without a hold. ownCallID says whether this side made the Call-ID, which decides
// how long it waits after 491.
func New(opts Options, ownCallID bool) *Machine {
	if opts.Direction != trace.Inactive {
		opts.Direction = trace.SendOnly
	}
	if opts.Method == "" {
		opts.Method = Auto
	}
	return &Machine{opts: opts, ownCallID: ownCallID, effective: trace.SendRecv}
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

// Direction is what the stream does now, seen from this side.
func (m *Machine) Direction() trace.MediaDirection { return m.effective }

// Step takes one input and returns what to do.
func (m *Machine) Step(in Input) ([]Effect, error) {
	switch in := in.(type) {
	case Hold:
		return m.command(true, in), nil
	case Resume:
		return m.command(false, Hold{}), nil
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
	case RetryTimer:
		return m.retry(in)
	default:
		return nil, m.illegal(in)
	}
}

func (m *Machine) illegal(in Input) error { return &IllegalInputError{State: m.state, Input: in} }

// command notes the new wish. While an offer is in flight the wish waits for its outcome.
func (m *Machine) command(hold bool, in Hold) []Effect {
	if m.want == hold {
		return nil
	}
	m.want = hold
	m.retries = 0
	var out []Effect
	switch m.state {
	case Stable:
		out = m.offer()
	case Waiting, Backoff:
		if m.want == m.localHold {
			out = m.settle()
		}
	case Offering:
	}
	if hold {
		n := m.note(trace.HoldRequested, trace.Local, in.Method)
		n.Hold.Direction, n.Hold.Reason = m.wish(true), in.Reason // nothing has changed yet: what is asked for
		out = append(out, n)
	}
	return out
}

// wish is the direction that expresses a LocalHold, whatever the peer does (RFC 6337 section 5.3).
func (m *Machine) wish(hold bool) trace.MediaDirection {
	if hold {
		return m.opts.Direction
	}
	return trace.SendRecv
}

func (m *Machine) offer() []Effect {
	m.state, m.flying, m.included, m.refreshes = Offering, m.want, false, false
	return []Effect{SendOffer{Direction: m.wish(m.want), Method: m.opts.Method}}
}

// settle ends a wait because there is nothing left to offer.
func (m *Machine) settle() []Effect {
	was := m.state
	m.state, m.retries = Stable, 0
	if was == Backoff {
		return []Effect{StopRetry{}}
	}
	return nil
}

func (m *Machine) blocked(in Blocked) ([]Effect, error) {
	if m.state != Offering || m.included {
		return nil, m.illegal(in)
	}
	m.state = Waiting
	if m.want == m.localHold {
		return m.settle(), nil
	}
	return nil, nil
}

func (m *Machine) unblocked() []Effect {
	if m.state != Waiting {
		return nil
	}
	return m.offer()
}

func (m *Machine) retry(in RetryTimer) ([]Effect, error) {
	if m.state != Backoff {
		return nil, m.illegal(in)
	}
	return m.offer(), nil
}

func (m *Machine) offerNeeded(in OfferNeeded) ([]Effect, error) {
	if m.state == Offering {
		return nil, m.illegal(in)
	}
	out := m.settle()
	m.state, m.flying, m.included, m.refreshes = Offering, m.want, true, false
	return append(out, IncludeOffer{Direction: m.wish(m.want)}), nil
}

// refresh begins an exchange that is to change nothing.
func (m *Machine) refresh(in Refresh) ([]Effect, error) {
	if m.state != Stable {
		return nil, m.illegal(in)
	}
	m.state, m.flying, m.included, m.refreshes = Offering, m.localHold, true, true
	return nil, nil
}

func (m *Machine) note(kind trace.Kind, by trace.Side, method Method) Note {
	if method == "" {
		method = ReINVITE
	}
	return Note{Kind: kind, Hold: trace.Hold{By: by, Method: string(method), Direction: m.effective}}
}

// GlareWait is between what times the wait after 491 is drawn, in units of 10 ms (RFC 3261 section 14.1).
func GlareWait(ownCallID bool) (least, most time.Duration) {
	if ownCallID {
		return 2100 * time.Millisecond, 4 * time.Second
	}
	return 0, 2 * time.Second
}

func (m *Machine) backoff() StartRetry {
	least, most := GlareWait(m.ownCallID)
	return StartRetry{Min: least, Max: most}
}
