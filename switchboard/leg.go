package switchboard

import (
	"sync"
	"time"

	"sidetone/sipua"
	"sidetone/trace"
)

// causeNormal is normal call clearing, ITU-T Q.850 table 1.
const causeNormal = 16

// causeRejected is a call that its user does not want, causeBusy a user who takes no further call; likewise.
const (
	causeRejected = 21
	causeBusy     = 17
)

// leg observes one dialog. Its fields below mu are written by the dialog's goroutine and read by the loop only after
// the Ended signal has gone through the queue.
type leg struct {
	sb     *Switchboard
	callID string
	number int    // within the call, from 1
	after  string // id of the call whose place this one takes

	mu        sync.Mutex // held by dial until call.initiated stands in the trace; else uncontended
	sip       *sipua.Call
	info      sipua.Info
	started   time.Time // of call.initiated; the timeline counts from here
	timeline  trace.Timeline
	ended     *sipua.Ended
	auto      bool                          // no person answers: the caller asks to be put through
	refusal   trace.Ended                   // what is known of a refusal of ours beyond its LastResponse
	signalled func(time.Time, sipua.Signal) // posts to the loop
	served    func()                        // likewise, once: an incoming call is ours to decide; nil otherwise
}

// Message implements sipua.Observer.
func (l *leg) Message(at time.Time, kind trace.Kind, m trace.SIP) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sb.record(at, l.callID, l.number, kind, m)
	// 100 is what the user agent sends at once for a call that it can serve. One that it refuses by itself, for an offer
	// that cannot be met, rings nothing.
	if l.served != nil && kind == trace.SIPSent && m.Status == 100 {
		l.served()
		l.served = nil
	}
}

// Signal implements sipua.Observer: it writes down what the signal says, then hands it to the loop.
func (l *leg) Signal(at time.Time, s sipua.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch s := s.(type) {
	case sipua.Alerting:
		l.alerting(at, s)
	case sipua.Forwarded:
		l.sb.record(at, l.callID, l.number, trace.FlowForward, l.forwarded(s))
	case sipua.Answered:
		l.timeline.Answer(at.Sub(l.started))
		l.sb.record(at, l.callID, l.number, trace.CallAnswered, trace.Answered{Who: s.Who, Codec: s.Media.Codec, Auto: l.auto})
	case sipua.Held:
		if s.Kind == trace.HoldConfirmed || s.Kind == trace.HoldResumed {
			l.timeline.Hold(at.Sub(l.started), s.Hold.By, s.Kind == trace.HoldConfirmed)
		}
		l.sb.record(at, l.callID, l.number, s.Kind, s.Hold)
	case sipua.Suspension:
		l.timeline.Suspend(at.Sub(l.started), s.Kind == trace.SuspendStarted)
		l.sb.record(at, l.callID, l.number, s.Kind, s.Suspend)
	case sipua.Keyed:
		l.sb.record(at, l.callID, l.number, trace.DTMFReceived, trace.DTMF{Digits: string(s.Key), DurationUS: trace.MicrosOf(s.Duration)})
	case sipua.Transferred:
		l.transferred(at, &s)
		l.signalled(at, s)
		return
	case sipua.Ended:
		if s.At.IsZero() {
			s.At = at
		}
		l.timeline.End(s.At.Sub(l.started))
		l.ended = &s
	}
	l.signalled(at, s)
}

// alerting writes the first 180 and the first 183 of each kind of news; 181, 182 and 199 stand in the trace as messages.
func (l *leg) alerting(at time.Time, s sipua.Alerting) {
	var kind trace.Kind
	switch s.Status {
	case 180:
		kind = trace.CallRinging
	case 183:
		kind = trace.CallProgress
	default:
		return
	}
	l.timeline.Alert(at.Sub(l.started))
	l.sb.record(at, l.callID, l.number, kind, trace.Alerting{Who: s.Who, Status: s.Status, EarlyMedia: s.EarlyMedia, Reliable: s.Reliable})
}

// initiated writes the first event of a call that has a dialog.
func (l *leg) initiated(at time.Time) {
	l.started = at
	i := l.info
	l.sb.record(at, l.callID, l.number, trace.CallInitiated, trace.Initiated{
		Direction: i.Direction, From: i.From, To: i.To, Account: i.Account, SIPCallID: i.SIPCallID, SessionID: i.SessionID,
		After: l.after, Diverted: i.Diverted,
	})
}

// answersByItself notes that the answer to come is no person's.
func (l *leg) answersByItself() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.auto = true
}

func (l *leg) hangup(r sipua.Release) {
	if l.sip != nil {
		_ = l.sip.Hangup(r) // a call that has ended meanwhile needs no hang-up
	}
}

// abandon closes a leg whose dialog will say no more.
func (l *leg) abandon(at time.Time, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended == nil {
		l.timeline.End(at.Sub(l.started))
		l.ended = &sipua.Ended{Side: trace.Local, Q850: causeNormal, Reason: reason}
	}
	l.signalled = func(time.Time, sipua.Signal) {}
}

// refuses notes why this side refuses the call with a status, where that says less.
func (l *leg) refuses(status, q850 int, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusal = trace.Ended{LastResponse: status, Q850: q850, Reason: reason}
}

// summary makes the payload of call.ended, but for the number of events, which the recorder knows.
func (l *leg) summary() trace.Ended {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := trace.Ended{Side: l.ended.Side, LastResponse: l.ended.LastResponse, Q850: l.ended.Q850, Reason: reasonOf(l.ended)}
	if known := l.refusal; known.LastResponse == e.LastResponse && e.Side == trace.Local && e.LastResponse > 0 {
		e.Q850, e.Reason = known.Q850, known.Reason
	}
	l.timeline.Measure(&e)
	e.Result = trace.Outcome(l.timeline.Answered(), l.timeline.Rang(), l.ended.Cancelled, e.Side, e.LastResponse)
	return e
}
