package transaction

import (
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// Input is what can happen to a transaction: Received, Respond, Fired or TransportError.
type Input interface{ input() }

// Received is a message from the network whose key is the transaction's: a response for a client; the request
// again, or the ACK of an INVITE, for a server.
type Received struct{ Message sip.Message }

// Respond is the user of a server transaction answering its request.
type Respond struct{ Response *sip.Response }

// Fired says that a timer started by StartTimer, and not stopped since, has run out.
type Fired struct{ Timer Timer }

// TransportError says that the transport could not deliver the last message.
type TransportError struct{ Err error }

func (Received) input()       {}
func (Respond) input()        {}
func (Fired) input()          {}
func (TransportError) input() {}

// IllegalInputError is an input that has no meaning in the state the machine is in: a timer that is not running, a
// second final response, anything after Terminated. The machine has not changed and asks for nothing.
type IllegalInputError struct {
	Machine string // "INVITE client", "client", "INVITE server", "server"
	State   State
	Input   Input
}

// Error names the machine, its state and the input.
func (e *IllegalInputError) Error() string {
	return fmt.Sprintf("%s transaction: %s is illegal in state %s", e.Machine, describe(e.Input), e.State)
}

func describe(in Input) string {
	switch in := in.(type) {
	case Received:
		switch m := in.Message.(type) {
		case *sip.Request:
			return "receiving " + string(m.Method)
		case *sip.Response:
			return fmt.Sprintf("receiving %d", m.StatusCode)
		}
		return "receiving nothing"
	case Respond:
		if in.Response == nil {
			return "responding nothing"
		}
		return fmt.Sprintf("responding %d", in.Response.StatusCode)
	case Fired:
		return "timer " + in.Timer.String()
	case TransportError:
		return "transport error"
	}
	return "no input"
}
