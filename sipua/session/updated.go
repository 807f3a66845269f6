package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
)

// updated takes an UPDATE (RFC 3311 section 5.2). Without a description it refreshes the target and no more. An offer is
// answered at once, unless one of ours is open (491) or the peer's last has no reliable answer yet (500).
func (s *Session) updated(x *exchange, l *leg, p Path) {
	req := x.machine.Request()
	switch {
	case s.state != Inviting && l != s.leg || s.state == Ending || s.state == Over:
		s.reply(x, 481)
		return
	case !message.Understood(req):
		s.respond(x, message.Unreadable(req, s.localTag))
		return
	case s.tooBrief(req) != nil:
		s.respond(x, s.tooBrief(req))
		return
	case len(req.Body()) == 0:
		l.dialog.Refresh(req)
		s.respond(x, s.updateResponse(x, p))
		return
	case s.reinviting || l.sdp.State() == offer.LocalOffer:
		s.reply(x, 491)
		return
	case !l.agreed:
		s.later(x)
		return
	}
	body, err := s.answerOn(l, req.Body(), hold.UPDATE)
	if err != nil {
		l.sdp.Rollback()
		s.respond(x, s.notAcceptable(req, p, err))
		return
	}
	l.dialog.Refresh(req)
	res := s.updateResponse(x, p)
	message.SetSDP(res, body)
	s.respond(x, res)
}

// updateResponse is the 200 to an UPDATE; as a target refresh it has a Contact.
func (s *Session) updateResponse(x *exchange, p Path) *sip.Response {
	res := s.inviteResponse(x, 200, p)
	res.AppendHeader(message.Supported(s.ability().Without()...))
	s.grantRefresh(x.machine.Request(), res)
	return res
}
