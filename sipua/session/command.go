package session

import "sidetone/trace"

// Release says who hangs up and why; it travels in a Reason header (RFC 3326).
type Release struct {
	Side trace.Side // Local or Timer; zero means Local
	Q850 int        // ITU-T Q.850 cause, 0 for none
	Text string
}

// Dial starts the call of a caller.
type Dial struct{}

// Progress has a callee send 183, with a session description where the INVITE brought an offer.
type Progress struct{}

// Ring has a callee send 180.
type Ring struct{}

// Answer has a callee send 200.
type Answer struct{}

// Reject has a callee send a final response of 300 to 699. An empty Reason takes the RFC's phrase.
type Reject struct {
	Status int
	Reason string
}

// Hold holds the peer of an answered call.
type Hold struct{}

// Resume ends the hold of this side.
type Resume struct{}

// Suspend holds the peer of an answered call while the terminal of this side is away (RFC 3398 section 9). Initiator is
// trace.SuspendByUser or trace.SuspendByNetwork.
type Suspend struct{ Initiator string }

// Unsuspend ends that: the terminal is back.
type Unsuspend struct{}

// Hangup ends the call: CANCEL, BYE or a final response, whichever the state demands.
type Hangup struct{ Release Release }

func (Dial) event()      {}
func (Progress) event()  {}
func (Ring) event()      {}
func (Answer) event()    {}
func (Reject) event()    {}
func (Hold) event()      {}
func (Resume) event()    {}
func (Suspend) event()   {}
func (Unsuspend) event() {}
func (Hangup) event()    {}
