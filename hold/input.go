package hold

import (
	"time"

	"sidetone/trace"
)

// Input is what the owner reports: one of the types of this file.
type Input interface{ input() }

// Hold is the command of this side to hold the peer. Commanding what is already wanted changes nothing. Method is the one
// that the offer will probably take, and Reason why it has to wait, if it has; both are for the note.
type Hold struct {
	Method Method
	Reason string
}

// Resume is the command of this side to hold the peer no more.
type Resume struct{}

// Suspend says that the terminal is away: Initiator is trace.SuspendByUser where it was unplugged, trace.SuspendByNetwork where
// the called person of a gateway port has hung up (RFC 3398 section 9).
type Suspend struct{ Initiator string }

// Unsuspend says that the terminal is back.
type Unsuspend struct{}

// Blocked says that the offer just asked for cannot be sent now, because another INVITE transaction is in progress in
// the dialog (RFC 3261 section 14.1), or because before the answer nothing can carry it yet (RFC 3311 section 5.1).
type Blocked struct{}

// Unblocked says that the dialog is free again. It is legal in every state.
type Unblocked struct{}

// RemoteOffer is an offer of the peer, in the peer's words.
type RemoteOffer struct {
	Direction   trace.MediaDirection
	ZeroAddress bool // c=0.0.0.0, the hold of RFC 2543
	Method      Method
	Repeated    bool // nothing but what the peer last said: it says nothing of who holds
}

// OfferNeeded says that a message of the owner has to carry an offer: the first INVITE, or the 200 to an INVITE that came
// without one. Answered follows with the response or the ACK.
type OfferNeeded struct{}

// Refresh says that the owner offers again what was last agreed, to refresh the session (RFC 4028 section 7.4). Answered
// or Refused follows. It is legal while nothing else is wanted.
type Refresh struct{}

// Answered is the peer's answer to our offer, in the peer's words.
type Answered struct {
	Direction   trace.MediaDirection
	ZeroAddress bool
	Method      Method // of our offer
	Repeated    bool   // as in RemoteOffer, where our offer was a Refresh
}

// Refused is a final failure of our offer.
type Refused struct {
	Status     int
	Reason     string
	Method     Method        // of our offer
	RetryAfter time.Duration // as the peer says, 0 where it does not
	Over       bool          // the dialog ends by it
}

// UpdateRefused says that the peer has refused UPDATE as such, one of the owner's. It is legal in every state.
type UpdateRefused struct{}

// TimerFired says that the time of a StartTimer is over.
type TimerFired struct{ Timer Timer }

// Ended says that the call is over. Nothing follows.
type Ended struct{}

func (Hold) input()          {}
func (Resume) input()        {}
func (Blocked) input()       {}
func (Unblocked) input()     {}
func (RemoteOffer) input()   {}
func (OfferNeeded) input()   {}
func (Refresh) input()       {}
func (Answered) input()      {}
func (Refused) input()       {}
func (Suspend) input()       {}
func (Unsuspend) input()     {}
func (TimerFired) input()    {}
func (UpdateRefused) input() {}
func (Ended) input()         {}
