package session

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// commandHold is the user holding. Before the answer the wish is noted in every early dialog, and in what the next one
// begins with: whichever is answered, it holds.
func (s *Session) commandHold() error {
	switch s.state {
	case Established:
		_, err := s.holdStep(hold.Hold{Method: s.offerMethod(s.leg, s.cfg.Hold.Method)})
		return err
	case Inviting, Invited:
		s.holdEverywhere(hold.Hold{Method: s.earlyHoldMethod(), Reason: s.earlyHoldReason()})
		return nil
	case Idle, Ending, Over:
	}
	return s.illegal(Hold{})
}

// commandResume is the user ending a hold.
func (s *Session) commandResume() error {
	switch s.state {
	case Established:
		_, err := s.holdStep(hold.Resume{})
		return err
	case Inviting, Invited:
		s.holdEverywhere(hold.Resume{})
		return nil
	case Idle, Ending, Over:
	}
	return s.illegal(Resume{})
}

// commandSuspend is the terminal going away, or coming back.
func (s *Session) commandSuspend(in hold.Input) error {
	if s.state != Established {
		return s.illegal(Suspend{})
	}
	_, err := s.holdStep(in)
	return err
}

// holdEverywhere steps every hold machine that the call has: those of the early dialogs, and what the next one begins with.
func (s *Session) holdEverywhere(in hold.Input) {
	_, _ = s.holdStep(in)
	for _, l := range s.legs {
		if l.agreement != s.agreement {
			_, _ = s.holdOn(l, in)
		}
	}
}

// earlyHoldMethod is what the hold of a call without an answer will be sent by.
func (s *Session) earlyHoldMethod() hold.Method {
	if l := s.front(); l != nil && s.mayOffer(l) {
		return hold.UPDATE
	}
	return hold.ReINVITE
}

// earlyHoldReason says why the hold of a call without an answer has to wait.
func (s *Session) earlyHoldReason() string {
	if l := s.front(); l != nil && s.mayOffer(l) {
		return ""
	}
	return trace.HoldWaitsForAnswer
}

// holdTimerFired is the end of a time that the hold machine of a dialog has asked for.
func (s *Session) holdTimerFired(t TimerID) error {
	l := s.legs[t.Tag]
	if t.Tag != "" && l == nil || s.state == Ending || s.state == Over {
		return s.illegal(Fired{Timer: t})
	}
	_, err := s.holdOn(l, hold.TimerFired{Timer: t.Hold})
	return err
}

// holdTimer names a timer of the dialog.
func holdTimer(l *leg, t hold.Timer) TimerID {
	id := TimerID{Kind: HoldTimer, Hold: t}
	if l != nil {
		id.Tag = l.dialog.ID().RemoteTag
	}
	return id
}

// unblock lets an offer go that had to wait.
func (s *Session) unblock() {
	if l := s.front(); l != nil && l.hold.State() == hold.Waiting && s.mayOffer(l) {
		_, _ = s.holdOn(l, hold.Unblocked{})
	}
}

// front is the dialog that the user is in: the one that was answered, before that the one whose early media counts, or
// the only one.
func (s *Session) front() *leg {
	if s.leg != nil || s.heard != nil {
		if s.leg != nil {
			return s.leg
		}
		return s.heard
	}
	if len(s.legs) == 1 {
		for _, l := range s.legs {
			return l
		}
	}
	return nil
}

// mayOffer tells whether an offer of ours can be sent in the dialog now (RFC 3261 section 14.1, RFC 3311 section 5.1).
func (s *Session) mayOffer(l *leg) bool {
	switch s.state {
	case Established:
		return l == s.leg && !s.acknowledging && !s.busy() && l.sdp.State() == offer.Stable
	case Inviting, Invited:
		return s.release == nil && s.mayUpdateEarly(l)
	case Idle, Ending, Over:
		return false
	default:
		return false
	}
}

// offerMethod is the request that carries our offer in the dialog. Before the answer there is only UPDATE. After it a peer gets
// UPDATE that is known to take it; where that alone is wanted, also one that has not said what it takes (RFC 3311 section 4).
func (s *Session) offerMethod(l *leg, want hold.Method) hold.Method {
	switch {
	case s.state != Established:
		return hold.UPDATE
	case l.hold.NoUpdate():
		return hold.ReINVITE
	case want == hold.UPDATE && l.allow == nil, want != hold.ReINVITE && l.takes(sip.UPDATE):
		return hold.UPDATE
	}
	return hold.ReINVITE
}

// sendOffer sends the offer that the hold machine of the dialog asks for.
func (s *Session) sendOffer(l *leg, e hold.SendOffer) {
	switch {
	case l == nil || !s.mayOffer(l):
		_, _ = s.holdOn(l, hold.Blocked{})
	case s.offerMethod(l, e.Method) == hold.UPDATE:
		s.offerByUpdate(l, e.Direction)
	default:
		s.reinvite(func() ([]byte, error) { return s.sdp.Change(e.Direction) })
	}
}

// holdRefused is a final response above 2xx to an offer of ours, as the hold machine hears of it.
func holdRefused(res *sip.Response, m hold.Method) hold.Refused {
	in := hold.Refused{Status: res.StatusCode, Reason: res.Reason, Method: m}
	if res.GetHeader("Retry-After") != nil {
		in.RetryAfter = max(message.RetryAfter(res), leastOfferRetry)
	}
	return in
}

// leastOfferRetry is how long an offer waits that may be tried again in no time.
const leastOfferRetry = 100 * time.Millisecond

func holdOffer(r offer.Remote, m hold.Method) hold.RemoteOffer {
	return hold.RemoteOffer{Direction: r.Direction, ZeroAddress: r.ZeroAddress, Repeated: r.Repeated, Method: m}
}

func holdAnswer(r offer.Remote, m hold.Method) hold.Answered {
	return hold.Answered{Direction: r.Direction, ZeroAddress: r.ZeroAddress, Repeated: r.Repeated, Method: m}
}

var errNoDirection = errors.New("the hold machine gave no direction")

// holdStep is holdOn for the dialog that was answered; before that for what the next dialog begins with.
func (s *Session) holdStep(in hold.Input) (trace.MediaDirection, error) { return s.holdOn(s.leg, in) }

// holdOn steps the hold machine of a dialog and performs what it asks for. Where the input asks for a description of ours,
// the direction for it is returned.
func (s *Session) holdOn(l *leg, in hold.Input) (trace.MediaDirection, error) {
	a := s.agreement
	if l != nil {
		a = l.agreement
	}
	effects, err := a.hold.Step(in)
	if err != nil {
		return "", err
	}
	var direction trace.MediaDirection
	for _, e := range effects {
		switch e := e.(type) {
		case hold.SendOffer:
			s.sendOffer(l, e)
		case hold.IncludeOffer:
			direction = e.Direction
		case hold.AnswerOffer:
			direction = e.Direction
		case hold.Note:
			s.note(l, e)
		case hold.SuspendNote:
			s.suspended(e)
		case hold.Release:
			_ = s.hangup(Hangup{Release: Release{Side: trace.Timer, Q850: e.Q850, Text: e.Text}})
		case hold.StartTimer:
			s.emit(StartTimer{Timer: holdTimer(l, e.Timer), After: s.cfg.Between(e.Min, e.Max)})
		case hold.StopTimer:
			s.emit(StopTimer{Timer: holdTimer(l, e.Timer)})
		case hold.Media: // the negotiation knows it, with the address
		}
	}
	switch in.(type) {
	case hold.RemoteOffer, hold.OfferNeeded:
		if direction == "" {
			return "", errNoDirection
		}
	}
	return direction, nil
}

// suspended tells of a suspension at once: it happens here, and what goes over the wire follows from it.
func (s *Session) suspended(n hold.SuspendNote) {
	if n.Kind == trace.SuspendStarted {
		s.suspendedUntil = s.now.Add(n.After)
	}
	s.flush()
	s.tell(Suspension{Kind: n.Kind, Suspend: trace.Suspend{
		Initiator: n.Initiator, Timer: n.Timer, Deadline: s.suspendedUntil.UTC().Truncate(time.Microsecond),
	}})
}

// note keeps what the trace is to say of a hold. Of several early dialogs only the one in front speaks.
func (s *Session) note(l *leg, n hold.Note) {
	if l == s.front() || l == nil && len(s.legs) == 0 {
		s.notes = append(s.notes, n)
	}
}
