package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// busy tells whether an INVITE transaction is in progress in the dialog, in either direction (RFC 3261 section 14.1), or an
// UPDATE of ours (RFC 6337 section 4.3).
func (s *Session) busy() bool {
	if s.reinviting || s.unacked != nil || s.updateOpen() {
		return true
	}
	for _, x := range s.transactions {
		if x.isInvite() && x.pending() {
			return true
		}
	}
	return false
}

// proceeding is what is waited for once a re-INVITE of ours got a provisional response.
type proceeding uint8

const (
	proceeds  proceeding = 1 // its final response
	cancelled proceeding = 2 // likewise, after a CANCEL
)

// reinvite sends a re-INVITE with the offer that describe writes (RFC 3261 section 14.1).
func (s *Session) reinvite(describe func() ([]byte, error)) {
	s.reinviting = true
	l := s.leg
	s.reach(l, func(err error) {
		s.reinviting = false
		if err != nil {
			s.lost(err)
			return
		}
		if s.state != Established {
			return
		}
		body, err := describe()
		if err != nil {
			_, _ = s.holdStep(hold.Refused{Reason: err.Error()})
			return
		}
		s.issueReinvite(l, body)
	})
}

// issueReinvite sends the re-INVITE, and once more where its session interval was too small (RFC 4028 section 7.3).
func (s *Session) issueReinvite(l *leg, body []byte) {
	req := l.dialog.Request(sip.INVITE)
	message.SetSDP(req, body)
	s.issue(l, req, func(res *sip.Response) {
		if s.state == Established && s.raiseInterval(req, res) {
			s.reinviteClosed()
			s.issueReinvite(l, body)
			return
		}
		s.reinviteAnswered(l, req, res)
	}, s.reinviteFailed)
}

// reinviteAnswered takes a response to a re-INVITE of ours.
func (s *Session) reinviteAnswered(l *leg, req *sip.Request, res *sip.Response) {
	seq := res.CSeq().SeqNo // of the request; that may have been sent again since
	switch {
	case res.StatusCode < 200:
		s.reinviteProceeds()
		return
	case res.StatusCode < 300:
		if s.repeatACK(l, seq) || s.reaccepted[seq] {
			return
		}
		s.reinviteClosed()
		s.reaccepted = map[uint32]bool{seq: true}
		s.learnPeer(l, res)
		l.dialog.Refresh(res)
		if s.state != Established {
			s.acknowledge(l, seq, nil) // a BYE is on its way
			return
		}
		s.refreshGranted(req, res)
		s.agreed(l, seq, res)
	case s.state != Established:
		return
	default:
		s.reinviteRefused(res)
	}
}

// agreed takes the answer of a 2xx to our re-INVITE. One that cannot be used leaves the two sides with different ideas of
// the session, so it is ended.
func (s *Session) agreed(l *leg, seq uint32, res *sip.Response) {
	remote, err := s.sdp.Answered(res.Body())
	if err != nil {
		s.acknowledge(l, seq, func(err error) {
			if err == nil {
				s.bye(l, message.StatusReason(488, "the answer cannot be used"))
			}
		})
		s.end(Ended{Side: trace.Local, Status: 488, Reason: "the answer cannot be used: " + err.Error()})
		return
	}
	s.acknowledge(l, seq, s.lost)
	_, _ = s.holdStep(holdAnswer(remote, hold.ReINVITE))
}

// reinviteRefused leaves the session as it was, but for 408 and 481, which end the dialog (RFC 3261 sections 12.2.1.2,
// 14.1; RFC 6141 section 3).
func (s *Session) reinviteRefused(res *sip.Response) {
	status, reason := res.StatusCode, res.Reason
	s.reinviteClosed()
	s.sdp.Rollback()
	in := holdRefused(res, hold.ReINVITE)
	in.Over = status == 408 || status == 481
	_, _ = s.holdStep(in)
	if status == 408 || status == 481 {
		s.bye(s.leg, message.StatusReason(status, reason))
		s.end(Ended{Side: trace.Network, Status: status, Reason: reason})
		return
	}
	s.refreshRefused(res)
}

// reinviteFailed is a re-INVITE that nobody answered: as a 408 (RFC 3261 section 14.1).
func (s *Session) reinviteFailed(cause transaction.Cause) {
	if s.state != Established {
		return
	}
	s.reinviteClosed()
	s.sdp.Rollback()
	reason := s.describe(cause)
	_, _ = s.holdStep(hold.Refused{Reason: reason, Over: true}) // where it was a hold
	s.bye(s.leg, message.Reason(0, reason))
	s.end(Ended{Side: trace.Network, Reason: reason})
}
