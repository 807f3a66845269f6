package hold

import (
	"time"

	"sidetone/trace"
)

// Effect is what the owner has to do, in order: one of the types of this file.
type Effect interface{ effect() }

// SendOffer asks for an offer of ours with the direction. The owner reports Answered, Refused, or Blocked.
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

// StartRetry asks for RetryTimer after a time drawn at random between Min and Max, in units of 10 ms (RFC 3261 section
// 14.1).
type StartRetry struct{ Min, Max time.Duration }

// StopRetry takes the last StartRetry back.
type StopRetry struct{}

func (SendOffer) effect()    {}
func (IncludeOffer) effect() {}
func (AnswerOffer) effect()  {}
func (Media) effect()        {}
func (Note) effect()         {}
func (StartRetry) effect()   {}
func (StopRetry) effect()    {}
