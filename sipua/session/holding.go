package session

import (
	"errors"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// commandHold is the user holding. Before the answer the wish is noted in every early dialog, and in what the next one
// begins with: whichever is answered, it holds.
func (s *Session) commandHold() error {
	switch s.state {
	case Established:
		_, err := s.holdStep(hold.Hold{Method: s.offerMethod(s.leg)})
		return err
	case Inviting, Invited:
		s.commandEarly(hold.Hold{Method: s.earlyHoldMethod(), Reason: s.earlyHoldReason()})
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
		s.commandEarly(hold.Resume{})
		return nil
	case Idle, Ending, Over:
	}
	return s.illegal(Resume{})
}

func (s *Session) commandEarly(in hold.Input) {
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
		return s.offerMethod(l)
	}
	return hold.ReINVITE
}

// earlyHoldReason says why the hold of a call without an answer has to wait.
func (s *Session) earlyHoldReason() string {
	if l := s.front(); l != nil && s.mayOffer(l) {
		return ""
	}
	return "waits until the call is answered"
}

// retryOffer is the end of the wait after 491 (RFC 3261 section 14.1, RFC 3311 section 5.3).
func (s *Session) retryOffer() error {
	l := s.front()
	if l == nil || s.state == Ending || s.state == Over {
		return s.illegal(Fired{Timer: TimerID{Kind: RetryOffer}})
	}
	_, err := s.holdOn(l, hold.RetryTimer{})
	return err
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
		return l == s.leg && !s.busy() && l.sdp.State() == offer.Stable
	case Inviting, Invited:
		return s.release == nil && s.mayUpdateEarly(l)
	case Idle, Ending, Over:
		return false
	default:
		return false
	}
}

// offerMethod is the request that carries our offer in the dialog. Before the answer there is only UPDATE; after it
// re-INVITE is what RFC 3311 section 5.1 recommends, and what a peer gets that does not allow UPDATE.
func (s *Session) offerMethod(l *leg) hold.Method {
	if s.state != Established || s.cfg.Hold.Method == hold.UPDATE && l.takes(sip.UPDATE) {
		return hold.UPDATE
	}
	return hold.ReINVITE
}

// sendOffer sends the offer that the hold machine of the dialog asks for.
func (s *Session) sendOffer(l *leg, direction trace.MediaDirection) {
	switch {
	case l == nil || !s.mayOffer(l):
		_, _ = s.holdOn(l, hold.Blocked{})
	case s.offerMethod(l) == hold.UPDATE:
		s.offerByUpdate(l, direction)
	default:
		s.reinvite(func() ([]byte, error) { return s.sdp.Change(direction) })
	}
}

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
			s.sendOffer(l, e.Direction)
		case hold.IncludeOffer:
			direction = e.Direction
		case hold.AnswerOffer:
			direction = e.Direction
		case hold.Note:
			s.note(l, e)
		case hold.StartRetry:
			s.emit(StartTimer{Timer: TimerID{Kind: RetryOffer}, After: s.cfg.Between(e.Min, e.Max)})
		case hold.StopRetry:
			s.emit(StopTimer{Timer: TimerID{Kind: RetryOffer}})
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

// note keeps what the trace is to say of a hold. Of several early dialogs only the one in front speaks.
func (s *Session) note(l *leg, n hold.Note) {
	if l == s.front() || l == nil && len(s.legs) == 0 {
		s.notes = append(s.notes, n)
	}
}
