package offer

import "fmt"

// NotAcceptableError says why a description cannot be met. The request that carried it is answered 488, with the code
// and text in a Warning header (RFC 3261 sections 13.3.1.3, 20.43).
type NotAcceptableError struct {
	Code int // warn-code, RFC 3261 section 27.2
	Text string
}

func (e *NotAcceptableError) Error() string { return e.Text }

// The warn-codes in use (RFC 3261 section 20.43).
const (
	warnNetworkAddress = 301
	warnTransport      = 302
	warnMediaType      = 304
	warnMediaFormat    = 305
	warnMulticast      = 330
	warnMiscellaneous  = 399
)

func notAcceptable(code int, format string, args ...any) error {
	return &NotAcceptableError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// State is where the exchange of offer and answer stands.
type State uint8

// The states of a Negotiation.
const (
	Stable      State = iota // no offer is open
	LocalOffer               // ours waits for an answer
	RemoteOffer              // theirs waits for an answer
)

var stateNames = [...]string{"stable", "local offer", "remote offer"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// StateError reports a step that the state of the exchange forbids (RFC 3264 section 4, RFC 6337 section 2).
type StateError struct {
	Step  string
	State State
}

func (e *StateError) Error() string { return fmt.Sprintf("%s while %s", e.Step, e.State) }
