package session

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// Event is what happens to a session: a command of its user, or one of the types of this file.
type Event interface{ event() }

// Path is how a peer is reached, and the address of ours that it is told: the listening address that routes to it.
type Path struct {
	Flow  wire.Flow
	Local netip.AddrPort
}

// Received is a message that Owns claims, or the INVITE that a callee's session is made for.
type Received struct {
	Message sip.Message
	Path    Path // of a request
}

// Located answers Locate: with the ways to the next hop, best first and at least one, or with an error.
type Located struct {
	Locate Locate
	Paths  []Path
	Err    error
}

// Fired says that the timer's time is over.
type Fired struct{ Timer TimerID }

// SendFailed says that the message of a transaction could not be sent.
type SendFailed struct {
	Transaction transaction.Key
	Err         error
}

func (Received) event()   {}
func (Located) event()    {}
func (Fired) event()      {}
func (SendFailed) event() {}
