package hold

import "sidetone/trace"

// remoteOffer answers the peer with what this side wants. Where the peer can read a wish from the answer that was still
// waiting for an offer of its own, that offer is not needed any more (RFC 6337 section 5.3).
func (m *Machine) remoteOffer(in RemoteOffer) ([]Effect, error) {
	if m.state == Offering {
		return nil, m.illegal(in)
	}
	signal := m.state != Stable && readable(m.want, in.Direction)
	hold := m.localHold
	if signal {
		hold = m.want
	}
	answer := Answer(m.wish(hold), in.Direction)
	m.effective = Effective(answer, in.Direction, in.ZeroAddress)
	out := []Effect{AnswerOffer{Direction: answer}, Media{Direction: m.effective}}
	if signal {
		out = append(out, m.settle()...)
		out = append(out, m.setLocal(m.want, in.Method)...)
	}
	if in.Repeated {
		return out, nil
	}
	return append(out, m.setRemote(!receives(in.Direction) || in.ZeroAddress, in.Method)...), nil
}

// readable tells whether the answer to an offer shows the peer if it is held. An offer that leaves no choice does not,
// and "inactive" for "sendonly" is also what phones answer that play no music.
func readable(hold bool, offered trace.MediaDirection) bool {
	if hold {
		return offered == trace.SendRecv
	}
	return sends(offered)
}

// answered closes an exchange that this side began.
func (m *Machine) answered(in Answered) ([]Effect, error) {
	if m.state != Offering {
		return nil, m.illegal(in)
	}
	offered := m.wish(m.flying)
	m.state, m.retries = Stable, 0
	m.effective = Effective(offered, in.Direction, in.ZeroAddress)
	out := []Effect{Media{Direction: m.effective}}
	out = append(out, m.setLocal(m.flying, in.Method)...)
	if hold, known := remoteHoldInAnswer(offered, in); known && (!m.refreshes || !in.Repeated) {
		out = append(out, m.setRemote(hold, in.Method)...)
	}
	if m.want != m.localHold {
		out = append(out, m.offer()...)
	}
	return out, nil
}

// remoteHoldInAnswer reads RemoteHold from an answer where it says anything; it is the other end of readable.
func remoteHoldInAnswer(offered trace.MediaDirection, in Answered) (hold, known bool) {
	switch {
	case in.ZeroAddress:
		return true, true
	case receives(in.Direction):
		return false, true
	default:
		return true, offered == trace.SendRecv
	}
}

// refused leaves the session as it was (RFC 3261 section 14.1, RFC 6141 section 3). 491 is tried again while the wish
// lasts.
func (m *Machine) refused(in Refused) ([]Effect, error) {
	if m.state != Offering || m.included && !m.refreshes {
		return nil, m.illegal(in)
	}
	if m.refreshes {
		m.state = Stable
		if m.want != m.localHold {
			return m.offer(), nil
		}
		return nil, nil
	}
	if in.Status == 491 && m.want != m.localHold && m.retries < maxRetries {
		m.state = Backoff
		m.retries++
		return []Effect{m.backoff()}, nil
	}
	m.state, m.want, m.retries = Stable, m.localHold, 0
	n := m.note(trace.HoldRefused, trace.Local, in.Method)
	n.Hold.Status, n.Hold.Reason = in.Status, in.Reason
	return []Effect{n}, nil
}

func (m *Machine) setLocal(hold bool, method Method) []Effect {
	if m.localHold == hold {
		return nil
	}
	m.localHold = hold
	return []Effect{m.note(outcome(hold), trace.Local, method)}
}

func (m *Machine) setRemote(hold bool, method Method) []Effect {
	if m.remoteHold == hold {
		return nil
	}
	m.remoteHold = hold
	return []Effect{m.note(outcome(hold), trace.Remote, method)}
}

func outcome(hold bool) trace.Kind {
	if hold {
		return trace.HoldConfirmed
	}
	return trace.HoldResumed
}
