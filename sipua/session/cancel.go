package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// cancel sends the CANCEL of our first INVITE, once (RFC 3261 section 9.1): same Request-URI, Call-ID, To, From, Route and
// CSeq number, and the INVITE's top Via alone. Its own answer changes nothing; the INVITE's final response does.
func (s *Session) cancel() {
	if s.cancelSent || s.state != Inviting {
		return
	}
	s.cancelSent = true
	invite := s.invite.machine.Request()
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	sip.CopyHeaders("Route", invite, req)
	forwards, callID := sip.MaxForwardsHeader(70), *invite.CallID()
	req.AppendHeader(&forwards)
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(invite.To()))
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	if reason := message.Reason(s.release.Q850, s.release.Text); reason != nil {
		req.AppendHeader(reason)
	}
	sip.CopyHeaders("User-Agent", invite, req)
	sip.CopyHeaders("Session-ID", invite, req) // RFC 7989 section 6: as in the INVITE
	req.SetBody(nil)
	s.send(req, s.invite.flow, nil, nil)
	s.emit(StartTimer{Timer: TimerID{Kind: AwaitFinal}, After: s.cfg.Timers.Timeout()})
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
