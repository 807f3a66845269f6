package session

import (
	"errors"
	"fmt"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// NewCallee makes the session of a call that the first Received brings: an INVITE without a to-tag.
func NewCallee(cfg Config) *Session { return newSession(cfg, callee) }

// invited takes the INVITE that starts the call (RFC 3261 sections 8.2, 13.3.1). It is refused at once where it asks for
// what this agent cannot do, in the order of section 8.2; else 100 goes out, and the user decides.
func (s *Session) invited(req *sip.Request, p Path) error {
	d, err := dialog.NewUAS(req, s.localTag)
	if err != nil {
		return err
	}
	s.state = Invited
	l := newLeg(d, p, s.agreement)
	s.leg, s.legs[d.ID().RemoteTag] = l, l
	s.learnPeer(l, req)
	s.invite, s.invitePath = s.serve(req, p.Flow), p
	s.throughHome = s.cameFromHome(p.Flow.Remote)

	media := s.cfg.Media
	media.Address = p.Local.Addr()
	s.sdp = offer.New(media)
	if unknown := message.Unsupported(req, s.ability().Without()...); len(unknown) > 0 {
		s.refuse(message.BadExtension(req, s.localTag, unknown), Ended{Side: trace.Local, Reason: "an extension is required that is not supported"})
		return nil
	}
	if s.cfg.Reliable == Required && !s.reliably() {
		s.refuse(message.ExtensionRequired(req, s.localTag, message.Reliable100), Ended{Side: trace.Local, Reason: "reliable provisional responses are required"})
		return nil
	}
	if !message.Understood(req) {
		s.refuse(message.Unreadable(req, s.localTag), Ended{Side: trace.Local, Reason: "the body is of a type that is not supported"})
		return nil
	}
	if !message.Describable(req) {
		s.refuse(message.Undescribable(req, s.localTag, p.Local.String()), Ended{Side: trace.Local, Reason: "a session description is not accepted"})
		return nil
	}
	if res := s.tooBrief(req); res != nil {
		s.refuse(res, Ended{Side: trace.Local, Reason: "the session timer is too short"})
		return nil
	}
	if len(req.Body()) > 0 {
		if s.offered, err = s.sdp.Receive(req.Body()); err != nil {
			s.refuse(s.notAcceptable(req, p, err), Ended{Side: trace.Local, Reason: err.Error()})
			return nil
		}
	}
	s.respond(s.invite, message.Response(req, 100, "", ""))
	s.limit(req)
	return nil
}

// notAcceptable is the 488 that says why an offer cannot be met (RFC 3261 section 13.3.1.3).
func (s *Session) notAcceptable(req *sip.Request, p Path, why error) *sip.Response {
	res := message.Response(req, 488, "", s.localTag)
	code := 399
	if refused, ok := errors.AsType[*offer.NotAcceptableError](why); ok {
		code = refused.Code
	}
	res.AppendHeader(message.Warning(code, p.Local.String(), why.Error()))
	return res
}

// refuse ends the call with a final response to its INVITE.
func (s *Session) refuse(res *sip.Response, e Ended) {
	s.leg.dialog.Terminate()
	s.lastResponse = res.StatusCode
	s.respond(s.invite, res)
	e.Status = res.StatusCode
	s.end(e)
}

// reject is the user refusing the call (RFC 3261 section 13.3.1.3).
func (s *Session) reject(e Reject) error {
	if s.state != Invited || e.Status < 300 || e.Status > 699 {
		return s.illegal(e)
	}
	res := message.Response(s.invite.machine.Request(), e.Status, e.Reason, s.localTag)
	s.refuse(res, Ended{Side: trace.Local, Reason: res.Reason})
	return nil
}

// ring sends 180 (RFC 3261 section 13.3.1.1).
func (s *Session) ring() error {
	if s.state != Invited || s.accepting {
		return s.illegal(Ring{})
	}
	return s.alert(180)
}

// progress sends 183 with our answer. Without an offer in the INVITE there is nothing to answer, and an unreliable
// response may not carry an offer (RFC 3261 section 13.2.1, RFC 6337 section 2.2).
func (s *Session) progress() error {
	if s.state != Invited || s.accepting {
		return s.illegal(Progress{})
	}
	return s.alert(183)
}

// alert sends a provisional response, reliably where that is agreed on.
func (s *Session) alert(status int) error {
	body, err := s.alertBody(status)
	if err != nil {
		return err
	}
	res := s.inviteResponse(s.invite, status, s.invitePath)
	a := Alerting{Status: status, Who: s.cfg.Who}
	if body != nil {
		message.SetSDP(res, body)
		a.EarlyMedia = true
		if m := s.sdp.Media(); m.Codec != "" {
			a.Media = &m
		}
	}
	if s.reliably() {
		s.sendReliably(res, body != nil, a)
		return nil
	}
	s.sendAlert(res, a)
	return nil
}

// alertBody is the description of a provisional response: with 183 our answer, and in the first that is reliable our offer
// where the INVITE had none (RFC 3262 section 5). Once it is in a reliable response it stands in no other (RFC 6337
// section 3.1.1).
func (s *Session) alertBody(status int) ([]byte, error) {
	switch {
	case s.described:
		return nil, nil
	case s.reliably() && !s.hasOffer():
		return s.ownOffer()
	case status == 183:
		return s.ownAnswer()
	default:
		return nil, nil
	}
}

// hasOffer tells whether the INVITE brought an offer.
func (s *Session) hasOffer() bool { return len(s.invite.machine.Request().Body()) > 0 }

// sendAlert sends a provisional response and tells of it.
func (s *Session) sendAlert(res *sip.Response, a Alerting) {
	if a.Media != nil {
		s.told = *a.Media
	}
	s.lastResponse = a.Status
	s.respond(s.invite, res)
	s.remindLater(res, a.Reliable)
	s.tell(a)
}

// inviteResponse makes a response that forms or keeps a dialog (RFC 3261 section 12.1.1).
func (s *Session) inviteResponse(x *exchange, status int, p Path) *sip.Response {
	res := message.Response(x.machine.Request(), status, "", s.localTag)
	contact := s.contact(p)
	res.AppendHeader(message.Secured(x.machine.Request(), contact))
	res.AppendHeader(s.allow())
	return res
}

// ownAnswer is our answer to the offer of the INVITE, the same every time (RFC 3261 section 13.2.1); nil when there was
// no offer.
func (s *Session) ownAnswer() ([]byte, error) {
	if s.sdp.State() != offer.RemoteOffer {
		return s.answer, nil
	}
	direction, err := s.holdStep(holdOffer(s.offered, hold.ReINVITE))
	if err != nil {
		return nil, err
	}
	if s.answer, err = s.sdp.Answer(direction); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return s.answer, nil
}
