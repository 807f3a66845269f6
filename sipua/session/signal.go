package session

import (
	"time"

	"sidetone/hold"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// Signal is a change in a call that matters above SIP: Alerting, Forwarded, Answered, MediaChanged, Branched, Held,
// Suspension, Standing, Keyed, Ended or Settled.
type Signal interface{ signal() }

// Alerting says that a provisional response above 100 was received, or sent by us.
type Alerting struct {
	Status     int
	Who        string // display name of the callee, else the user, else the host
	EarlyMedia bool   // the response carried a session description
	Reliable   bool   // RFC 3262
	// Media is that of the dialog that is heard, where the response describes it.
	Media *offer.Media
	Why   trace.EarlyReason // why Media is heard, where another dialog was heard before
}

// Answered says that our 2xx was sent or theirs was received with a usable answer. When our 2xx carries the offer,
// because the INVITE had none, Media has no codec and no remote address yet: MediaChanged follows with the ACK.
type Answered struct {
	Who   string
	Media offer.Media
}

// MediaChanged says that direction, address or codec are no longer what was last told.
type MediaChanged struct {
	Media offer.Media
	Why   trace.EarlyReason // before the answer of a caller, where the choice among its early dialogs is the cause
}

// Held says how a hold or resume of either side went. Kind is one of the hold.* kinds.
type Held struct {
	Kind trace.Kind
	Hold trace.Hold
}

// Standing says where the session stands, whenever that has changed: what this side wants, and who holds.
type Standing struct{ Now hold.Standing }

// Suspension says that this side was suspended, that it came back, or that it did not in time. Kind is one of the suspend.* kinds.
type Suspension struct {
	Kind    trace.Kind
	Suspend trace.Suspend
}

// Ended says that the call is over. Nothing but Settled follows.
type Ended struct {
	// Side is who ended it: Local and Timer as commanded by Release, Remote for the other party, Network for timeouts,
	// transport failures, 408 and 5xx.
	Side         trace.Side
	LastResponse int // last status received for our INVITE or sent for theirs, 0 when nothing came back
	Status       int // the failure that ended it, or of a Reason header; 0 for an ordinary BYE
	Q850         int // ITU-T Q.850 cause of a Reason header, ours or theirs; 0 when there is none
	Reason       string
	At           time.Time // the moment that ended it: it may lie before the signal, as when a CANCEL waits for its 487
	Cancelled    bool      // given up before an answer, by either side
}

// Settled says that nothing more is expected from the peer. It is the last signal of a call.
type Settled struct{}

func (Alerting) signal()     {}
func (Answered) signal()     {}
func (MediaChanged) signal() {}
func (Held) signal()         {}
func (Suspension) signal()   {}
func (Standing) signal()     {}
func (Ended) signal()        {}
func (Settled) signal()      {}
