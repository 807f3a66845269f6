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

// Alerting says that a provisional response above 100 was received, or sent by us.
type Alerting = session.Alerting

// Forwarded says that the call goes on to another target.
type Forwarded = session.Forwarded

// Answered says that our 2xx was sent, or theirs was received with a usable answer.
type Answered = session.Answered

// MediaChanged says that direction, address or codec are no longer what was last told.
type MediaChanged = session.MediaChanged

// Branched says where the media of the early dialogs comes from that are not heard.
type Branched = session.Branched

// Held says how a hold or resume of either side went.
type Held = session.Held

// Suspension says that the terminal of this side went away, came back, or did not in time.
type Suspension = session.Suspension

// Standing says where the session of a call stands, whenever that has changed.
type Standing = session.Standing

// Keyed says that the peer told of a key by INFO.
type Keyed = session.Keyed

// Ended says that the call is over, and how.
type Ended = session.Ended

// Settled says that nothing more is expected from the peer.
type Settled = session.Settled

// Media is what an offer and its answer agreed on.
type Media = offer.Media

// Release says who hangs up and why.
type Release = session.Release
