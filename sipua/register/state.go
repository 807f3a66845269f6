package register

import "fmt"

// state of a Machine; see the package comment for the drawing.
type state uint8

const (
	idle state = iota
	locating
	registering
	registered
	waiting
	unregistering
	over
)

var stateNames = [...]string{"idle", "locating", "registering", "registered", "waiting", "unregistering", "over"}

func (s state) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// IllegalEventError reports an event that makes no sense in the state. The machine has not changed.
type IllegalEventError struct {
	State string
	Event Event
}

func (e *IllegalEventError) Error() string {
	return fmt.Sprintf("register: %T is illegal while %s", e.Event, e.State)
}
