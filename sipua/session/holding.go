package session

import (
	"errors"

	"sidetone/hold"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// commandHold is the user holding or resuming.
func (s *Session) commandHold(e Event, in hold.Input) error {
	if s.state != Established {
		return s.illegal(e)
	}
	_, err := s.holdStep(in)
	return err
}

// retryOffer is the end of the wait after 491 (RFC 3261 section 14.1).
func (s *Session) retryOffer() error {
	if s.state != Established {
		return s.illegal(Fired{Timer: TimerID{Kind: RetryOffer}})
	}
	_, err := s.holdStep(hold.RetryTimer{})
	return err
}

// unblock lets an offer go that waited for an INVITE transaction to end.
func (s *Session) unblock() {
	if s.state == Established && s.hold.State() == hold.Waiting && !s.busy() {
		_, _ = s.holdStep(hold.Unblocked{})
	}
}

func holdOffer(r offer.Remote) hold.RemoteOffer {
	return hold.RemoteOffer{Direction: r.Direction, ZeroAddress: r.ZeroAddress}
}

var errNoDirection = errors.New("the hold machine gave no direction")

// holdStep steps the hold machine and performs what it asks for. Where the input asks for a description of ours, the
// direction for it is returned.
func (s *Session) holdStep(in hold.Input) (trace.MediaDirection, error) {
	effects, err := s.hold.Step(in)
	if err != nil {
		return "", err
	}
	var direction trace.MediaDirection
	for _, e := range effects {
		switch e := e.(type) {
		case hold.SendOffer:
			s.reinvite(e.Direction)
		case hold.IncludeOffer:
			direction = e.Direction
		case hold.AnswerOffer:
			direction = e.Direction
		case hold.Note:
			s.notes = append(s.notes, e)
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
