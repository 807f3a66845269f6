package trace

import "time"

// MediaDirection is the direction of a media stream, seen from the device (RFC 4566 section 6, RFC 3264 section 5.1).
type MediaDirection string

// The directions of a stream.
const (
	SendRecv MediaDirection = "sendrecv"
	SendOnly MediaDirection = "sendonly"
	RecvOnly MediaDirection = "recvonly"
	Inactive MediaDirection = "inactive"
)

// Hold is the payload of the hold.* kinds.
type Hold struct {
	By        Side           `json:"by"`               // Local or Remote: who asked
	Method    string         `json:"method"`           // "re-INVITE" or "UPDATE"
	Direction MediaDirection `json:"direction"`        // ours, after it
	Status    int            `json:"status,omitempty"` // SIP status of a refusal
	Reason    string         `json:"reason,omitempty"` // of a refusal or a delay
}

// Why a hold.requested could not be offered at once.
const (
	HoldWaitsForAnswer   = "waits until the call is answered"
	HoldWaitsForTerminal = "waits until the terminal is back"
)

// HoldCallEnded is the Reason of a hold.refused that nobody refused: the call ended before it could be granted.
const HoldCallEnded = "the call ended first"

// HoldTakenBack is the Reason of a hold.refused that nobody refused: the person no longer wanted it.
const HoldTakenBack = "taken back"

// GivenUp tells whether a hold.refused was refused by nobody.
func (h Hold) GivenUp() bool { return h.Reason == HoldCallEnded || h.Reason == HoldTakenBack }

// The initiators of a suspension (RFC 3398 section 9).
const (
	SuspendByUser    = "user"    // terminal portability: the handset was unplugged
	SuspendByNetwork = "network" // the called party of a gateway port went on-hook
)

// The timers that bound a suspension, always written with ISUP because SIP has a T2 of its own.
const (
	ISUPT2 = "ISUP T2" // user suspend, ITU-T Q.764 annex A
	ISUPT6 = "ISUP T6" // network suspend, ITU-T Q.764 annex A; the value is the network's (Q.118)
)

// Suspend is the payload of the suspend.* kinds.
type Suspend struct {
	Initiator string    `json:"initiator"` // "user" or "network"
	Timer     string    `json:"timer"`     // "ISUP T2" or "ISUP T6"
	Deadline  time.Time `json:"deadline"`  // when the call is given up, by this device's clock
}

func (Hold) payload()    {}
func (Suspend) payload() {}
