package session

import (
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// unacked is a 2xx of ours that waits for its ACK.
type unacked struct {
	exchange *exchange
	response *sip.Response
	seq      uint32
	interval time.Duration
	offered  bool // it carries our offer; the ACK brings the answer
	first    bool // it answers the first INVITE
}

// accept answers the call (RFC 3261 section 13.3.1.4), once the descriptions that were promised have arrived (RFC 3262
// sections 3, 5).
func (s *Session) accept() error {
	if s.state != Invited || s.accepting {
		return s.illegal(Answer{})
	}
	if s.provisionals.promised() {
		s.accepting = true
		return nil
	}
	return s.acceptNow()
}

func (s *Session) acceptNow() error {
	body, offered, err := s.acceptBody()
	if err != nil {
		return err
	}
	s.finishProvisionals()
	s.unlimit()
	s.leg.agreed = true
	s.lastResponse = 200
	s.leg.dialog.Confirm()
	s.state = Established
	s.respond2xx(s.invite, s.invitePath, body, offered)
	s.unacked.first = true
	s.told = s.sdp.Media()
	s.tell(Answered{Who: s.cfg.Who, Media: s.told})
	return nil
}

// acceptBody is what the 200 describes: our answer, our offer where the INVITE had none, and nothing where a reliable
// provisional response has said it (RFC 6337 section 3.1).
func (s *Session) acceptBody() (body []byte, offered bool, err error) {
	if s.described {
		return nil, false, nil
	}
	if body, err = s.ownAnswer(); err != nil || body != nil {
		return body, false, err
	}
	body, err = s.ownOffer()
	return body, true, err
}

// ownOffer is an offer for a 200 to an INVITE that came without one (RFC 3261 section 14.2, RFC 6337 section 5.3).
func (s *Session) ownOffer() ([]byte, error) {
	direction, err := s.holdStep(hold.OfferNeeded{})
	if err != nil {
		return nil, err
	}
	body, err := s.sdp.Offer(direction)
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return body, nil
}

// respond2xx sends a 200 and repeats it until the ACK: after T1, doubling up to T2, for 64*T1, over any transport (RFC
// 3261 section 13.3.1.4).
func (s *Session) respond2xx(x *exchange, p Path, body []byte, offered bool) {
	res := s.inviteResponse(x, 200, p)
	res.AppendHeader(message.Supported(s.ability().Without()...))
	s.grantRefresh(x.machine.Request(), res)
	if body != nil {
		message.SetSDP(res, body)
	}
	s.unacked = &unacked{
		exchange: x, response: res, seq: x.machine.Request().CSeq().SeqNo, interval: s.cfg.Timers.T1, offered: offered,
	}
	s.respond(x, res)
	s.emit(StartTimer{Timer: TimerID{Kind: Retransmit2xx}, After: s.unacked.interval})
	s.emit(StartTimer{Timer: TimerID{Kind: AwaitACK}, After: s.cfg.Timers.Timeout()})
}

func (s *Session) retransmit2xx() error {
	u := s.unacked
	if u == nil {
		return s.illegal(Fired{Timer: TimerID{Kind: Retransmit2xx}})
	}
	u.interval = min(2*u.interval, s.cfg.Timers.T2)
	s.emit(StartTimer{Timer: TimerID{Kind: Retransmit2xx}, After: u.interval})
	return s.step(u.exchange, transaction.Respond{Response: u.response})
}

// forget2xx ends the wait for an ACK.
func (s *Session) forget2xx() {
	if s.unacked == nil {
		return
	}
	s.unacked = nil
	s.emit(StopTimer{Timer: TimerID{Kind: Retransmit2xx}})
	s.emit(StopTimer{Timer: TimerID{Kind: AwaitACK}})
}

// neverAcknowledged ends a call whose 2xx got no ACK in 64*T1: the dialog is confirmed, the session is not (RFC 3261
// sections 13.3.1.4, 14.2).
func (s *Session) neverAcknowledged() error {
	if s.unacked == nil {
		return s.illegal(Fired{Timer: TimerID{Kind: AwaitACK}})
	}
	s.forget2xx()
	if s.hangupOnACK() {
		return nil
	}
	s.bye(s.leg, message.Reason(0, "no ACK received"))
	s.end(Ended{Side: trace.Network, Reason: "no ACK for our 200"})
	return nil
}

// hangupOnACK sends the BYE that had to wait for the ACK, and tells whether there was one.
func (s *Session) hangupOnACK() bool {
	r := s.byeOnACK
	if r == nil {
		return false
	}
	s.byeOnACK = nil
	s.bye(s.leg, message.Reason(r.Q850, r.Text))
	return true
}

// acknowledged takes an ACK for a 2xx of ours, found by dialog and the INVITE's CSeq (RFC 3261 section 13.3.1.4). One
// that came before is ignored.
func (s *Session) acknowledged(ack *sip.Request) {
	u := s.unacked
	if u == nil || ack.CSeq() == nil || ack.CSeq().SeqNo != u.seq || s.legOf(ack) != s.leg {
		return
	}
	s.forget2xx()
	s.learnPeer(s.leg, ack)
	if s.hangupOnACK() || s.state != Established || !u.offered {
		return
	}
	remote, err := s.sdp.Answered(ack.Body())
	if err != nil { // RFC 3261 section 14.2: what cannot be agreed on is ended
		s.bye(s.leg, message.StatusReason(488, "no usable answer in the ACK"))
		s.end(Ended{Side: trace.Local, Status: 488, Reason: "the ACK brings no usable answer: " + err.Error()})
		return
	}
	_, _ = s.holdStep(holdAnswer(remote, hold.ReINVITE))
}
