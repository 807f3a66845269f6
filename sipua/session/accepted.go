package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/trace"
)

// accepted takes a 2xx to our first INVITE (RFC 3261 section 13.2.2.4). The first one is the call; one of another fork,
// or one that crossed our CANCEL (section 9.1), is acknowledged and ended with BYE; one that comes again gets its ACK
// again.
func (s *Session) accepted(res *sip.Response) {
	seq := s.invite.machine.Request().CSeq().SeqNo
	l := s.answeredLeg(res)
	if l == nil {
		s.releaseUnkept(res, seq)
		return
	}
	if s.repeatACK(l, seq) || l.dialog.State() != dialog.Early {
		return
	}
	l.dialog.Confirm()
	switch {
	case s.release != nil:
		s.acceptedTooLate(l, res, seq)
	case s.leg != nil || s.state != Inviting:
		s.acknowledge(l, seq, func(err error) {
			if err == nil {
				s.bye(l, message.StatusReason(200, "another branch answered"))
			}
		})
	default:
		s.leg, s.agreement, l.barred = l, l.agreement, false
		s.established(l, res, seq)
	}
}

// acceptedTooLate ends a call that was answered while it was being cancelled.
func (s *Session) acceptedTooLate(l *leg, res *sip.Response, seq uint32) {
	s.lastResponse = res.StatusCode
	if s.state == Inviting {
		s.endReleased()
	}
	reason := message.Reason(s.release.Q850, s.release.Text)
	s.acknowledge(l, seq, func(err error) {
		if err == nil {
			s.bye(l, reason)
		}
	})
}

// established begins the call: the answer is in the 2xx, or was in a provisional response of the same dialog.
func (s *Session) established(l *leg, res *sip.Response, seq uint32) {
	s.lastResponse = res.StatusCode
	s.state = Established
	s.acknowledging = true // a hold that has waited for the answer goes out behind the ACK
	defer func() { s.acknowledging = false }()
	body := res.Body()
	if len(body) == 0 {
		body = l.early
	}
	if err := s.finalAnswer(l, body); err != nil {
		s.acknowledge(l, seq, func(err error) {
			if err == nil {
				s.bye(l, message.StatusReason(488, "the answer cannot be used"))
			}
		})
		s.end(Ended{Side: trace.Local, Status: 488, Reason: "the answer cannot be used: " + err.Error()})
		return
	}
	s.told = s.sdp.Media()
	s.tell(Answered{Who: s.cfg.Who, Media: s.told})
	s.minSE = 0 // RFC 4028 section 7.4: what counts from here on is the path of the dialog
	s.refreshGranted(s.invite.machine.Request(), res)
	s.acknowledge(l, seq, s.lost)
}

// finalAnswer takes the answer of a 2xx. Where a reliable provisional response has brought it, a description in the 2xx
// says nothing (RFC 6337 section 3.1.1).
func (s *Session) finalAnswer(l *leg, body []byte) error {
	if l.agreed {
		return nil
	}
	return s.firstAnswer(l, body)
}

// firstAnswer closes the offer of the INVITE.
func (s *Session) firstAnswer(l *leg, body []byte) error {
	remote, err := l.sdp.Answered(body)
	if err != nil {
		return err
	}
	l.agreed = true
	_, _ = s.holdOn(l, holdAnswer(remote, hold.ReINVITE))
	return nil
}

// lost ends an established call whose peer cannot be located any more.
func (s *Session) lost(err error) {
	if err != nil && s.state == Established {
		s.leg.dialog.Terminate()
		s.end(Ended{Side: trace.Network, Reason: err.Error()})
	}
}
