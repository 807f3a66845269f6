package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
)

// cancel cancels our first INVITE, once. Its own answer changes nothing; the INVITE's final response does.
func (s *Session) cancel() {
	if s.cancelSent || s.state != Inviting {
		return
	}
	s.cancelSent = true
	s.sendCancel(s.invite, message.Reason(s.release.Q850, s.release.Text))
	s.emit(StartTimer{Timer: TimerID{Kind: AwaitFinal}, After: s.cfg.Timers.Timeout()})
}

// sendCancel sends the CANCEL of an INVITE (RFC 3261 section 9.1): same Request-URI, Call-ID, To, From, Route and CSeq number,
// and the INVITE's top Via alone.
func (s *Session) sendCancel(x *exchange, reason sip.Header) {
	invite := x.machine.Request()
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	sip.CopyHeaders("Route", invite, req)
	forwards, callID := sip.MaxForwardsHeader(70), *invite.CallID()
	req.AppendHeader(&forwards)
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(invite.To()))
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	if reason != nil {
		req.AppendHeader(reason)
	}
	sip.CopyHeaders("User-Agent", invite, req)
	sip.CopyHeaders("Session-ID", invite, req) // RFC 7989 section 6: as in the INVITE
	req.SetBody(nil)
	s.send(req, x.flow, nil, nil)
}

// reinviteProceeds takes a provisional response to a re-INVITE of ours. No more than 64*T1 pass from the first one until it is
// cancelled, and as much from there until it counts as one that nobody answered: while it is open nothing else can be offered
// (RFC 3261 sections 9.1, 14.1).
func (s *Session) reinviteProceeds() {
	if s.proceeding == 0 && s.state == Established {
		s.proceeding = proceeds
		s.emit(StartTimer{Timer: TimerID{Kind: AwaitAgreement}, After: s.cfg.Timers.Timeout()})
	}
}

// reinviteLate is the end of such a time.
func (s *Session) reinviteLate() error {
	x := s.openReinvite()
	if x == nil || s.proceeding == 0 || s.state != Established {
		return s.illegal(Fired{Timer: TimerID{Kind: AwaitAgreement}})
	}
	if s.proceeding == proceeds {
		s.proceeding = cancelled
		s.sendCancel(x, nil)
		s.emit(StartTimer{Timer: TimerID{Kind: AwaitAgreement}, After: s.cfg.Timers.Timeout()})
		return nil
	}
	s.abandon(x)
	s.reinviteFailed(transaction.Timeout)
	return nil
}

// reinviteClosed stops waiting for the final response to a re-INVITE of ours.
func (s *Session) reinviteClosed() {
	if s.proceeding != 0 {
		s.proceeding = 0
		s.emit(StopTimer{Timer: TimerID{Kind: AwaitAgreement}})
	}
}

// openReinvite is a re-INVITE of ours without its final response, nil if there is none.
func (s *Session) openReinvite() *exchange {
	for _, x := range s.transactions {
		if x.client && x.isInvite() && x.pending() {
			return x
		}
	}
	return nil
}

// abandonInvites gives up INVITEs of ours that got no final response in 64*T1 after the end of the call (RFC 3261
// section 9.1).
func (s *Session) abandonInvites() {
	for _, x := range s.transactions {
		if x.client && x.isInvite() && x.pending() {
			s.abandon(x)
		}
	}
	if s.state == Inviting && s.release != nil {
		s.endReleased()
	}
}
