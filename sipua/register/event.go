package register

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
)

// Event is what happens to a registration: one of the types of this file.
type Event interface{ event() }

// Start begins to register.
type Start struct{}

// Reconnect says that addresses have changed, or that the link came up: what was learned of the way is void, and waiting
// is no use.
type Reconnect struct{}

// Stop ends the registration; Done follows.
type Stop struct{}

// Path is one way to a server, and the address of ours that it is told.
type Path struct {
	Flow  wire.Flow
	Local netip.AddrPort
}

// Located answers a Locate. Without an error there is at least one path.
type Located struct {
	Locate
	Paths []Path
	Err   error
}

// Received is a response with the Call-ID of this registration, and the flow that it came over.
type Received struct {
	Response *sip.Response
	Flow     wire.Flow
}

// SendFailed says that a request could not be sent.
type SendFailed struct {
	Branch string
	Err    error
}

// Fired says that the timer's time is over.
type Fired struct{ Timer Timer }

// FlowDead says that the connection of a flow is gone, or that it has not answered.
type FlowDead struct{ Flow wire.Flow }

// List asks for all bindings of the account; Listed answers.
type List struct{}

// Crashed says that the owner has lost a step, and nobody knows how much of it was performed.
type Crashed struct{}

func (Start) event()      {}
func (Reconnect) event()  {}
func (Stop) event()       {}
func (Located) event()    {}
func (Received) event()   {}
func (SendFailed) event() {}
func (Fired) event()      {}
func (FlowDead) event()   {}
func (List) event()       {}
func (Crashed) event()    {}
