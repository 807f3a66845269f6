package hold

import (
	"time"

	"sidetone/trace"
)

// remoteOffer answers the peer with what this side wants. Where the peer can read a wish from the answer that was still
// waiting for an offer of its own, that offer is not needed any more (RFC 6337 section 5.3).
func (m *Machine) remoteOffer(in RemoteOffer) ([]Effect, error) {
	if m.state == Offering {
		return nil, m.illegal(in)
	}
	wish := m.local
	signal := m.state != Stable && readable(m.wish(), in.Direction)
	if signal {
		wish = m.wish()
	}
	answer := Answer(m.direction(wish), in.Direction)
	m.effective = Effective(answer, in.Direction, in.ZeroAddress)
	out := []Effect{AnswerOffer{Direction: answer}, Media{Direction: m.effective}}
	if signal {
		out = append(out, m.settle()...)
		out = append(out, m.setLocal(wish, in.Method)...)
	}
	if in.Repeated {
		return out, nil
	}
	return append(out, m.setRemote(!receives(in.Direction) || in.ZeroAddress, in.Method)...), nil
}

// readable tells whether the answer to an offer shows the peer if it is held. An offer that leaves no choice does not,
// and "inactive" for "sendonly" is also what phones answer that play no music.
func readable(w Wish, offered trace.MediaDirection) bool {
	if w == Talking {
		return sends(offered)
	}
	return offered == trace.SendRecv
}

// answered closes an exchange that this side began.
func (m *Machine) answered(in Answered) ([]Effect, error) {
	if m.state != Offering {
		return nil, m.illegal(in)
	}
	offered := m.direction(m.flying)
	m.state, m.retries = Stable, 0
	m.effective = Effective(offered, in.Direction, in.ZeroAddress)
	if m.flying == Suspended && m.local != Suspended {
		m.carried = in.Method
	}
	out := []Effect{Media{Direction: m.effective}}
	out = append(out, m.setLocal(m.flying, in.Method)...)
	if hold, known := remoteHoldInAnswer(offered, in); known && (!m.refreshes || !in.Repeated) {
		out = append(out, m.setRemote(hold, in.Method)...)
	}
	return append(out, m.pursue()...), nil
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

// refused leaves the session as it was (RFC 3261 section 14.1, RFC 6141 section 3). 491, and 500 with Retry-After, are tried
// again while the wish lasts; a peer that does not take UPDATE is sent a re-INVITE, now and from now on.
func (m *Machine) refused(in Refused) ([]Effect, error) {
	if m.state != Offering || m.included && !m.refreshes {
		return nil, m.illegal(in)
	}
	if in.Over {
		return m.lost(in), nil
	}
	if m.refreshes {
		m.state = Stable
		return m.pursue(), nil
	}
	if in.Method == UPDATE && !m.noUpdate && (in.Status == 405 || in.Status == 501) {
		m.noUpdate = true
		return []Effect{SendOffer{Direction: m.direction(m.flying), Method: ReINVITE}}, nil
	}
	if out := m.backoff(in); out != nil {
		return out, nil
	}
	m.state, m.retries = Stable, 0
	switch {
	case m.flying == Suspended:
		m.declined = m.suspended
	case m.local == Suspended: // the terminal is back, and the peer keeps the call as it was: a person may try to resume it
		m.holds = true
		return append([]Effect{m.refusal(in)}, m.setLocal(Holding, in.Method)...), nil
	default:
		m.holds = m.localHold
	}
	return append([]Effect{m.refusal(in)}, m.pursue()...), nil
}

// lost is a refusal that ends the dialog: nothing more is offered.
func (m *Machine) lost(in Refused) []Effect {
	m.state, m.retries = Stable, 0
	if m.holds == m.localHold {
		return nil
	}
	m.holds = m.localHold
	return []Effect{m.refusal(in)}
}

func (m *Machine) refusal(in Refused) Note {
	n := m.note(trace.HoldRefused, trace.Local, in.Method)
	n.Hold.Status, n.Hold.Reason = in.Status, in.Reason
	return n
}

// longestRetry is the longest that an offer waits because the peer asks for it; RFC 3261 section 14.2 draws up to 10 s.
const longestRetry = 30 * time.Second

// backoff waits before the offer is tried again, where that makes sense.
func (m *Machine) backoff(in Refused) []Effect {
	if m.wish() == m.local || m.retries >= maxRetries {
		return nil
	}
	least, most := in.RetryAfter, in.RetryAfter
	switch {
	case in.Status == 491:
		least, most = GlareWait(m.ownCallID)
	case in.Status != 500 || in.RetryAfter <= 0 || in.RetryAfter > longestRetry:
		return nil
	}
	m.state = Backoff
	m.retries++
	return m.startBetween(Retry, least, most)
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
