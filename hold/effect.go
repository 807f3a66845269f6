package hold

import (
	"time"

	"sidetone/trace"
)

// Effect is what the owner has to do, in order: one of the types of this file.
type Effect interface{ effect() }

// SendOffer asks for an offer of ours with the direction, by the method or by what it comes to with this peer. The owner
// reports Answered, Refused, or Blocked.
type SendOffer struct {
	Direction trace.MediaDirection
	Method    Method
}

// IncludeOffer asks for an offer in the message that is about to be sent.
type IncludeOffer struct{ Direction trace.MediaDirection }

// AnswerOffer asks for an answer to the peer's offer.
type AnswerOffer struct{ Direction trace.MediaDirection }

// Media says in which direction the stream flows from now on, seen from this side.
type Media struct{ Direction trace.MediaDirection }

// Note is for the trace.
type Note struct {
	Kind trace.Kind
	Hold trace.Hold
}

// SuspendNote is for the trace: a suspension began, or ended. After is how long the timer lasts from its beginning.
type SuspendNote struct {
	Kind             trace.Kind
	Initiator, Timer string
	After            time.Duration
}

// StartTimer asks for TimerFired after a time drawn at random between Min and Max, in units of 10 ms. A running timer of the
// same name starts anew.
type StartTimer struct {
	Timer    Timer
	Min, Max time.Duration
}

// StopTimer takes the last StartTimer back.
type StopTimer struct{ Timer Timer }

// Release asks for the end of the call, because a time of this side is over.
type Release struct {
	Q850 int // cause, ITU-T Q.850 table 1
	Text string
}

func (SendOffer) effect()    {}
func (IncludeOffer) effect() {}
func (AnswerOffer) effect()  {}
func (Media) effect()        {}
func (Note) effect()         {}
func (SuspendNote) effect()  {}
func (StartTimer) effect()   {}
func (StopTimer) effect()    {}
func (Release) effect()      {}
