package session

import "fmt"

// State of a session; see the package comment for the diagram.
type State uint8

// The states of a Session.
const (
	Idle State = iota
	Inviting
	Invited
	Established
	Ending
	Over
)

var stateNames = [...]string{"idle", "inviting", "invited", "established", "ending", "over"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// IllegalEventError reports an event that makes no sense in the state. The session has not changed.
type IllegalEventError struct {
	State State
	Event Event
}

func (e *IllegalEventError) Error() string {
	return fmt.Sprintf("session: %T is illegal while %s", e.Event, e.State)
}
