package transfer

import (
	"fmt"
	"time"
)

// State of a Referrer.
type State uint8

// The states of a Referrer; see the package comment.
const (
	Idle State = iota
	Holding
	Referring
	Subscribed
	Over
)

var stateNames = [...]string{"idle", "holding", "referring", "subscribed", "over"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Input is what happens to a Referrer: one of the types below.
type Input interface{ input() }

// Start begins the transfer.
type Start struct{ Held bool } // the peer is on hold already

// HoldSettled says that the hold which was asked for is in effect, or was refused.
type HoldSettled struct{ Held bool }

// Responded is the final response to the REFER; status 0 means that none came.
type Responded struct {
	Fragment
	NoSubscription bool // the peer said Refer-Sub: false (RFC 4488 section 4)
}

// Notified is a NOTIFY that was understood.
type Notified struct {
	Fragment
	Subscription Subscription
}

// TimedOut says that the timer's time is over.
type TimedOut struct{}

// CallEnded says that the call is over, whoever ended it.
type CallEnded struct{}

func (Start) input()       {}
func (HoldSettled) input() {}
func (Responded) input()   {}
func (Notified) input()    {}
func (TimedOut) input()    {}
func (CallEnded) input()   {}

// Effect is what the owner of a Referrer has to do: one of the types below.
type Effect interface{ effect() }

// Hold holds the peer, so that it is quiet while it is transferred (RFC 5589 section 6.1).
type Hold struct{}

// Refer sends the REFER.
type Refer struct{}

// StartTimer asks for TimedOut after a time. It takes the place of one that runs.
type StartTimer struct{ After time.Duration }

// StopTimer takes it back.
type StopTimer struct{}

// Progress tells how far the peer has come.
type Progress struct{ Fragment }

// Done tells that the peer was transferred, as far as it has said: the call is to be ended (RFC 5589 section 6.1).
type Done struct{ Fragment }

// Failed tells that it was not. Resume says that the peer was held for the transfer and is to be taken back.
type Failed struct {
	Fragment
	Resume bool
}

func (Hold) effect()       {}
func (Refer) effect()      {}
func (StartTimer) effect() {}
func (StopTimer) effect()  {}
func (Progress) effect()   {}
func (Done) effect()       {}
func (Failed) effect()     {}

// The longest times without a report.
const (
	FirstReport = 32 * time.Second // as long as a transaction may take, 64*T1 (RFC 6665 section 4.1.2.4, timer N)
	NextReport  = 3 * time.Minute  // where the peer does not say how long the subscription lives
)

// Referrer is the transferring side of one transfer. Its zero value is ready for Start.
type Referrer struct {
	state  State
	held   bool // for the transfer
	status int  // last reported
}

// State tells where the transfer stands.
func (r *Referrer) State() State { return r.state }

// Active tells whether a transfer is under way.
func (r *Referrer) Active() bool { return r.state != Idle && r.state != Over }

// IllegalInputError reports an input that makes no sense in the state. The machine has not changed.
type IllegalInputError struct {
	State State
	Input Input
}

func (e *IllegalInputError) Error() string {
	return fmt.Sprintf("transfer: %T is illegal while %s", e.Input, e.State)
}

// Step takes one input and returns what to do.
func (r *Referrer) Step(in Input) ([]Effect, error) {
	switch in := in.(type) {
	case Start:
		return r.start(in)
	case HoldSettled:
		if r.state != Holding {
			break
		}
		r.state, r.held = Referring, in.Held
		return []Effect{Refer{}}, nil
	case Responded:
		return r.responded(in)
	case Notified:
		return r.notified(in)
	case TimedOut:
		if r.state == Subscribed {
			return r.failed(Fragment{Reason: "no report of the outcome"}), nil
		}
	case CallEnded:
		if r.Active() {
			r.held = false
			return r.failed(Fragment{Reason: "the call ended first"}), nil
		}
	}
	return nil, &IllegalInputError{State: r.state, Input: in}
}

func (r *Referrer) start(in Start) ([]Effect, error) {
	if r.Active() {
		return nil, &IllegalInputError{State: r.state, Input: in}
	}
	*r = Referrer{state: Holding}
	if in.Held {
		r.state = Referring
		return []Effect{Refer{}}, nil
	}
	return []Effect{Hold{}}, nil
}

// responded takes the response to the REFER (RFC 3515 section 2.4.2). A NOTIFY may have come before it.
func (r *Referrer) responded(in Responded) ([]Effect, error) {
	switch {
	case r.state != Referring && r.state != Subscribed:
		return nil, &IllegalInputError{State: r.state, Input: in}
	case in.Status < 200 || in.Status > 299:
		return r.failed(in.Fragment), nil
	case in.NoSubscription:
		return r.done(in.Fragment), nil
	case r.state == Subscribed:
		return nil, nil
	}
	r.state = Subscribed
	return []Effect{StartTimer{FirstReport}}, nil
}

// notified takes a NOTIFY (RFC 3515 section 2.4.4). A subscription that ends without a final status leaves the outcome open;
// that is no success.
func (r *Referrer) notified(in Notified) ([]Effect, error) {
	switch {
	case r.state != Referring && r.state != Subscribed:
		return nil, &IllegalInputError{State: r.state, Input: in}
	case in.Final() && in.Status < 300:
		return r.done(in.Fragment), nil
	case in.Final():
		return r.failed(in.Fragment), nil
	case in.Subscription.Terminated:
		return r.failed(Fragment{Reason: "no report of the outcome"}), nil
	}
	r.state = Subscribed
	after := in.Subscription.Expires
	if after == 0 {
		after = NextReport
	}
	out := []Effect{StartTimer{after}}
	if in.Status != r.status {
		r.status = in.Status
		out = append(out, Progress{in.Fragment})
	}
	return out, nil
}

func (r *Referrer) done(f Fragment) []Effect {
	r.state = Over
	return []Effect{StopTimer{}, Done{f}}
}

func (r *Referrer) failed(f Fragment) []Effect {
	r.state = Over
	return []Effect{StopTimer{}, Failed{Fragment: f, Resume: r.held}}
}
