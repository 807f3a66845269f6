package session

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
)

// request takes a request: a retransmission goes to its transaction, an ACK and a CANCEL to the INVITE they belong to, a
// new one into its dialog (RFC 3261 section 12.2.2).
func (s *Session) request(req *sip.Request, p Path) error {
	key, err := transaction.ServerKey(req)
	if err != nil {
		return err
	}
	if x := s.transactions[key]; x != nil && !x.client {
		return s.step(x, transaction.Received{Message: req})
	}
	switch {
	case req.Method == sip.ACK:
		s.acknowledged(req)
		return nil
	case req.Method == sip.CANCEL:
		s.cancelled(req, key, p)
		return nil
	case s.role == callee && s.state == Idle && req.Method == sip.INVITE:
		return s.invited(req, p)
	case s.state == Idle:
		return s.illegal(Received{Message: req, Path: p})
	}
	s.inDialog(req, p)
	return nil
}

// inDialog serves a new request inside a dialog.
func (s *Session) inDialog(req *sip.Request, p Path) {
	l := s.legOf(req)
	if len(s.transactions) >= maxTransactions && (req.Method != sip.BYE || l == nil || l.left) {
		s.overloaded(req, p)
		return
	}
	x := s.serve(req, p.Flow)
	switch {
	case l != nil && l.left && req.Method == sip.BYE:
		s.reply(x, 200) // it crossed ours (RFC 5407 section 2: a dialog on its way out still takes a BYE)
		return
	case l != nil && req.Method == sip.PRACK && l.dialog.State() == dialog.Terminated && s.prackedLate(x):
		return
	case l == nil || l.dialog.State() == dialog.Terminated:
		s.reply(x, 481)
		return
	}
	s.learnPeer(l, req)
	if unknown := message.Unsupported(req, s.ability().Without()...); len(unknown) > 0 {
		s.respond(x, message.BadExtension(req, s.localTag, unknown))
		return
	}
	if l.dialog.OutOfOrder(req) {
		s.reply(x, 500)
		return
	}
	switch req.Method {
	case sip.INVITE:
		s.reinvited(x, l, p)
	case sip.PRACK:
		s.pracked(x, l, p)
	case sip.UPDATE:
		s.updated(x, l, p)
	case sip.BYE:
		s.byeReceived(x, l)
	case sip.OPTIONS:
		res := message.Response(req, 200, "", s.localTag)
		message.Describe(res, s.ability().Unserved(), s.ability().Without())
		s.respond(x, res)
	case sip.REFER:
		if s.cfg.Referral == nil {
			s.notServed(x)
			return
		}
		s.referred(x, l, p)
	case sip.NOTIFY:
		s.notified(x)
	case sip.INFO:
		s.informed(x)
	default:
		s.notServed(x)
	}
}

// maxTransactions is how many transactions a call keeps. A server transaction stays for 64*T1, so a peer that floods its
// own call could make us remember any number of them.
const maxTransactions = 128

// overloaded refuses a request without keeping state (RFC 3261 sections 8.2.7, 21.5.4).
func (s *Session) overloaded(req *sip.Request, p Path) {
	res := message.Response(req, 503, "", s.localTag)
	res.AppendHeader(sip.NewHeader("Retry-After", "10"))
	s.emit(Send{Flow: p.Flow, Message: res})
}

// notServed refuses a method that Allow does not list (RFC 3261 sections 8.2.1, 21.4.6, 21.5.2).
func (s *Session) notServed(x *exchange) {
	req := x.machine.Request()
	res := message.Response(req, message.Refusal(req.Method), "", s.localTag)
	res.AppendHeader(s.allow())
	s.respond(x, res)
}

// later refuses an offer while the last is still being served (RFC 3261 section 14.2, RFC 3311 section 5.2).
func (s *Session) later(x *exchange) {
	res := message.Response(x.machine.Request(), 500, "", s.localTag)
	after := s.cfg.Between(0, 10*time.Second)
	res.AppendHeader(sip.NewHeader("Retry-After", strconv.Itoa(int(after/time.Second))))
	s.respond(x, res)
}

// Owns tells whether a message belongs to this session: to one of its transactions, or to one of its dialogs.
func (s *Session) Owns(m sip.Message) bool {
	switch m := m.(type) {
	case *sip.Response:
		key, err := transaction.ClientKey(m)
		if err != nil {
			return false
		}
		x := s.transactions[key]
		return x != nil && x.client && transaction.SentBy(x.machine.Request(), m)
	case *sip.Request:
		key, err := transaction.ServerKey(m)
		if err != nil {
			return false
		}
		if x := s.transactions[key]; x != nil && !x.client {
			return true
		}
		if m.Method == sip.CANCEL {
			x := s.transactions[key.Invite()]
			return x != nil && !x.client
		}
		return s.legOf(m) != nil
	default:
		return false
	}
}

// Merges tells whether an INVITE without a to-tag is the one of this session come by another way: same Call-ID, From
// tag and CSeq, other transaction (RFC 3261 section 8.2.2.2).
func (s *Session) Merges(req *sip.Request) bool {
	if s.role != callee || s.invite == nil || req.From() == nil || req.CSeq() == nil {
		return false
	}
	if _, ongoing := s.transactions[s.invite.machine.Key()]; !ongoing {
		return false
	}
	own := s.invite.machine.Request()
	return dialog.Tag(own.From().Params) == dialog.Tag(req.From().Params) && own.CSeq().SeqNo == req.CSeq().SeqNo
}
