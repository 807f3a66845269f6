package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// Effect is what the owner of a session has to do, in order: one of the types of this file.
type Effect interface{ effect() }

// Send sends a message. A failure is reported as SendFailed with the transaction, which is zero for the ACK of a 2xx.
type Send struct {
	Flow        wire.Flow
	Message     sip.Message
	Transaction transaction.Key
	Connect     time.Duration // how long a connection to be opened for it may take, 0 for as long as any
}

// Locate asks how to reach a URI (RFC 3263); Located answers it.
type Locate struct {
	Tag string // remote tag of the dialog that asks, "" for the first INVITE
	Hop string // the URI
}

// Avoid says that a path failed: for a time it is to be located last.
type Avoid struct {
	Flow wire.Flow
	For  time.Duration
}

// StartTimer asks for Fired after a time. A running timer of the same ID starts anew.
type StartTimer struct {
	Timer TimerID
	After time.Duration
}

// StopTimer takes a StartTimer back.
type StopTimer struct{ Timer TimerID }

// TimerID names a timer of a session.
type TimerID struct {
	Kind        TimerKind
	Transaction transaction.Key   // of a TransactionTimer
	Letter      transaction.Timer // of a TransactionTimer
	Hold        hold.Timer        // of a HoldTimer
	Tag         string            // of a HoldTimer: the remote tag of its dialog, "" before there is one
}

// TimerKind tells what a timer is for.
type TimerKind uint8

// The timers of a session.
const (
	TransactionTimer TimerKind = iota
	Retransmit2xx              // RFC 3261 section 13.3.1.4: send the 2xx again
	AwaitACK                   // RFC 3261 section 13.3.1.4: give up waiting for the ACK
	AwaitFinal                 // RFC 3261 section 9.1: give up waiting for the 487
	AwaitAgreement             // RFC 3261 section 9.1: cancel a re-INVITE, then give it up
	HoldTimer                  // one of the hold machine's
	SessionTimer               // RFC 4028 section 10: refresh, or give up waiting for a refresh
	AwaitReport                // RFC 3515 section 2.4.4: give up waiting for a NOTIFY
	RepeatReliable             // RFC 3262 section 3: send the provisional response again
	AwaitPRACK                 // RFC 3262 section 3: give up waiting for the PRACK
	RemindCaller               // RFC 3261 section 13.3.1.1: send the provisional response again
	AwaitAnswer                // RFC 3261 section 13.3.1: the time that the caller allows for an answer
)

// Tell passes a signal on.
type Tell struct{ Signal Signal }

// Done says that the session is over and holds no transaction any more: forget it.
type Done struct{}

func (Send) effect()       {}
func (Locate) effect()     {}
func (Avoid) effect()      {}
func (StartTimer) effect() {}
func (StopTimer) effect()  {}
func (Tell) effect()       {}
func (Done) effect()       {}
