package callflow

import (
	"fmt"
	"time"
)

// State is where a call stands in its flow.
type State uint8

// The states of a Machine.
const (
	Idle State = iota
	Ringing
	Connected
	Done
)

var stateNames = [...]string{"idle", "ringing", "connected", "done"}

func (s State) String() string { return stateNames[s] }

// Input is what the owner reports: Enter, Answered, Refused, RingTimedOut or Ended.
type Input interface{ input() }

// Enter starts the flow.
type Enter struct{}

// Answered says that a seat answered.
type Answered struct{ Seat Seat }

// Refused says that a seat refused with a final status.
type Refused struct {
	Seat   Seat
	Status int
	Reason string
}

// RingTimedOut says that the time of the current Ring block is over.
type RingTimedOut struct{}

// Ended says that the call is over: the caller gave up, or the connection was released.
type Ended struct{}

func (Enter) input()        {}
func (Answered) input()     {}
func (Refused) input()      {}
func (RingTimedOut) input() {}
func (Ended) input()        {}

// Action is what the owner has to do: RingSeats, StopRinging, Connect or Respond.
type Action interface{ action() }

// RingSeats rings seats; a For above 0 asks for RingTimedOut after it.
type RingSeats struct {
	Seats []Seat
	For   time.Duration
}

// StopRinging ends ringing at every seat but Except.
type StopRinging struct{ Except Seat }

// Connect answers the call with the seat.
type Connect struct{ Seat Seat }

// Respond refuses the call.
type Respond struct {
	Status int
	Reason string
	// Block tells a Response block of the flow from a refusal that a seat gave.
	Block bool
}

func (RingSeats) action()   {}
func (StopRinging) action() {}
func (Connect) action()     {}
func (Respond) action()     {}

// IllegalInputError reports an input that makes no sense in the state.
type IllegalInputError struct {
	State State
	Input Input
}

func (e *IllegalInputError) Error() string {
	return fmt.Sprintf("callflow: %T in state %s", e.Input, e.State)
}

// Machine walks one call through a flow.
//
//	        Enter            Answered
//	Idle ──────────▶ Ringing ─────────▶ Connected
//	                  │  ▲ next block       │
//	     all refused, │  └──────┐           │ Ended
//	     time over    ▼         │           ▼
//	               Response ────┴───────▶ Done
type Machine struct {
	flow    Flow
	state   State
	next    int           // index of the block that follows the current one
	refused map[Seat]bool // of the current Ring block
	ring    Ring
}

// New makes a machine at the start of a checked flow.
func New(flow Flow) *Machine { return &Machine{flow: flow} }

// State tells where the call stands.
func (m *Machine) State() State { return m.state }

// Step takes one input and returns what has to be done, in order.
func (m *Machine) Step(in Input) ([]Action, error) {
	switch in := in.(type) {
	case Enter:
		if m.state == Idle {
			return m.advance(nil), nil
		}
	case Answered:
		if m.state == Ringing {
			m.state = Connected
			return []Action{StopRinging{Except: in.Seat}, Connect(in)}, nil
		}
	case Refused:
		if m.state == Ringing {
			return m.refuse(in), nil
		}
	case RingTimedOut:
		if m.state == Ringing {
			return m.advance([]Action{StopRinging{}}), nil
		}
	case Ended:
		if m.state == Ringing {
			m.state = Done
			return []Action{StopRinging{}}, nil
		}
		m.state = Done
		return nil, nil
	}
	return nil, &IllegalInputError{State: m.state, Input: in}
}

// refuse notes one seat's refusal. When the last seat refuses, that refusal is the call's answer: a person who
// declines is not followed by "unavailable".
func (m *Machine) refuse(in Refused) []Action {
	m.refused[in.Seat] = true
	for _, s := range m.ring.Seats {
		if !m.refused[s] {
			return nil
		}
	}
	m.state = Done
	return []Action{StopRinging{}, Respond{Status: in.Status, Reason: in.Reason}}
}

func (m *Machine) advance(actions []Action) []Action {
	if m.next >= len(m.flow.Blocks) {
		m.state = Done
		return append(actions, Respond{Status: 480, Reason: "Temporarily Unavailable"})
	}
	block := m.flow.Blocks[m.next]
	m.next++
	switch b := block.(type) {
	case Ring:
		m.state, m.ring, m.refused = Ringing, b, map[Seat]bool{}
		return append(actions, RingSeats(b))
	case Response:
		m.state = Done
		return append(actions, Respond{Status: b.Status, Reason: b.Reason, Block: true})
	}
	return actions
}
