package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// cancelled takes a CANCEL (RFC 3261 section 9.2): 200 to it, and 487 to its INVITE where that has no final response yet.
func (s *Session) cancelled(req *sip.Request, key transaction.Key, p Path) {
	x := s.serve(req, p.Flow)
	invite := s.transactions[key.Invite()]
	if invite == nil || invite.client {
		s.reply(x, 481)
		return
	}
	s.reply(x, 200)
	if invite == s.invite && s.state == Invited {
		s.refusedByCaller(message.ReadReason(req))
	}
}

// refusedByCaller answers 487 to an INVITE whose caller gave up.
func (s *Session) refusedByCaller(why message.Cause) {
	res := message.Response(s.invite.machine.Request(), 487, "", s.localTag)
	s.leg.dialog.Terminate()
	s.lastResponse = res.StatusCode
	s.respond(s.invite, res)
	s.end(Ended{Side: trace.Remote, Status: why.Status, Q850: why.Q850, Reason: why.Text, Cancelled: true})
}

// byeReceived takes a BYE (RFC 3261 section 15.1.2). In an early dialog a caller uses it in place of CANCEL: the INVITE is
// answered 487.
func (s *Session) byeReceived(x *exchange, l *leg) {
	why := message.ReadReason(x.machine.Request())
	switch {
	case s.role == callee && s.state == Invited:
		s.reply(x, 200)
		s.refusedByCaller(why)
	case l.dialog.State() == dialog.Early:
		s.reply(x, 200)
		s.byeEarly(l, why)
	default:
		l.dialog.Terminate()
		if l == s.leg {
			s.forget2xx()
			s.end(Ended{Side: trace.Remote, Status: why.Status, Q850: why.Q850, Reason: why.Text})
		}
		s.reply(x, 200)
	}
}

// byeEarly is a callee that ends its own early dialog, which RFC 3261 section 15 forbids it to do.
func (s *Session) byeEarly(l *leg, why message.Cause) { s.earlyLost(l, trace.Remote, why) }

// earlyLost ends an early dialog of a caller. The other branches of the INVITE live on; without any, the INVITE is
// cancelled.
func (s *Session) earlyLost(l *leg, side trace.Side, why message.Cause) {
	s.leaveEarly(l)
	for _, other := range s.legs {
		if other.dialog.State() == dialog.Early {
			return
		}
	}
	if s.state == Inviting && s.release == nil {
		s.release = &Release{Side: side, Q850: why.Q850, Text: why.Text}
		s.releasedAt = s.now
		s.cancel()
	}
}
