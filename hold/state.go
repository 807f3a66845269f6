package hold

import "fmt"

// State is where the local side's wish stands.
type State uint8

// The states of a Machine.
const (
	Stable   State = iota // what is wanted is in effect
	Offering              // our offer is in flight
	Waiting               // an offer is wanted but the dialog is busy (RFC 3261 section 14.1)
	Backoff               // refused with 491; a timer runs
)

var stateNames = [...]string{"stable", "offering", "waiting", "backoff"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// IllegalInputError reports an input that makes no sense in the state. The machine has not changed.
type IllegalInputError struct {
	State State
	Input Input
}

func (e *IllegalInputError) Error() string {
	return fmt.Sprintf("hold: %T is illegal while %s", e.Input, e.State)
}
