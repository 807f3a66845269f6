package hold

import (
	"fmt"

	"sidetone/trace"
)

// Wish is what this side wants of the session; an offer of ours expresses one.
type Wish uint8

// The wishes.
const (
	Talking Wish = iota
	Holding
	Suspended // the terminal is away; stronger than a hold
)

var wishNames = [...]string{"talking", "holding", "suspended"}

func (w Wish) String() string {
	if int(w) < len(wishNames) {
		return wishNames[w]
	}
	return fmt.Sprintf("wish %d", uint8(w))
}

// wish is what is wanted now. A suspension that the peer would not be told of changes nothing on the wire.
func (m *Machine) wish() Wish {
	switch {
	case m.suspended && !m.declined:
		return Suspended
	case m.holds:
		return Holding
	default:
		return Talking
	}
}

// direction is what expresses a wish in an offer, whatever the peer does (RFC 6337 section 5.3). While a call is suspended no
// sound passes either way (RFC 3398 section 9.1).
func (m *Machine) direction(w Wish) trace.MediaDirection {
	switch w {
	case Holding:
		return m.opts.Direction
	case Suspended:
		return trace.Inactive
	case Talking:
	}
	return trace.SendRecv
}

// changed follows a new wish. While an offer is in flight the wish waits for its outcome.
func (m *Machine) changed() []Effect {
	m.retries = 0
	switch m.state {
	case Stable:
		return m.pursue()
	case Waiting, Backoff:
		if m.direction(m.wish()) == m.direction(m.local) {
			return append(m.settle(), m.pursue()...)
		}
	case Offering:
	}
	return nil
}

// pursue offers what is wanted, unless the peer knows it already.
func (m *Machine) pursue() []Effect {
	w := m.wish()
	switch {
	case w == m.local:
		return nil
	case m.direction(w) == m.direction(m.local):
		return m.setLocal(w, "")
	}
	return m.offer()
}

func (m *Machine) offer() []Effect {
	m.state, m.flying, m.included, m.refreshes = Offering, m.wish(), false, false
	return []Effect{SendOffer{Direction: m.direction(m.flying), Method: m.method()}}
}

// method is what the next offer is to be sent by. What was suspended is resumed by the same method (RFC 3398 section 9.1).
func (m *Machine) method() Method {
	switch {
	case m.noUpdate:
		return ReINVITE
	case m.local == Suspended && m.carried != "":
		return m.carried
	}
	return m.opts.Method
}

// settle ends a wait because there is nothing left to offer.
func (m *Machine) settle() []Effect {
	m.state, m.retries = Stable, 0
	return m.stop(Retry)
}

// setLocal notes what the peer knows and has accepted of our wishes.
func (m *Machine) setLocal(w Wish, method Method) []Effect {
	m.local = w
	if w == Suspended || m.localHold == (w == Holding) {
		return nil
	}
	m.localHold = w == Holding
	out := []Effect{m.note(outcome(m.localHold), trace.Local, method)}
	if !m.localHold {
		return append(out, append(m.stop(Reminder), m.stop(Limit)...)...)
	}
	return append(out, append(m.start(Reminder, m.opts.RemindEvery), m.start(Limit, m.opts.Longest)...)...)
}
