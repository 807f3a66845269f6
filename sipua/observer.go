package sipua

import (
	"time"

	"sidetone/sipua/offer"
	"sidetone/sipua/session"
	"sidetone/trace"
)

// Observer is told everything about one call, in order, on the call's own goroutine. It must not block; it may call the
// Call's methods. What a message causes is told after the message.
type Observer interface {
	// Message tells that a message of the call was received (trace.SIPReceived) or sent (trace.SIPSent). Late
	// retransmissions may follow the last signal.
	Message(at time.Time, kind trace.Kind, m trace.SIP)
	// Signal tells what happened to the call. Ended is told once, then Settled once.
	Signal(at time.Time, s Signal)
}

// Signal is a change in a call: one of the types below.
type Signal = session.Signal

// The signals, and what they carry; see package session for their fields.
type (
	Alerting     = session.Alerting
	Answered     = session.Answered
	MediaChanged = session.MediaChanged
	Held         = session.Held
	Ended        = session.Ended
	Settled      = session.Settled
	Media        = offer.Media
	Release      = session.Release
)
