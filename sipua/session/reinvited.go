package session

import (
	"fmt"

	"sidetone/hold"
	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/transaction"
)

// reinvited takes a re-INVITE (RFC 3261 section 14.2). It is answered at once: a handset has nobody to ask.
func (s *Session) reinvited(x *exchange, l *leg, p Path) {
	switch {
	case s.inviteOfOursOpen():
		s.reply(x, 491) // glare
		return
	case s.state == Invited:
		s.later(x)
		return
	case s.state != Established || l != s.leg:
		s.reply(x, 481)
		return
	case s.sdp.State() == offer.LocalOffer:
		s.reply(x, 491) // in a 2xx until the ACK (RFC 5407 section 3.1), or in an UPDATE until its response
		return
	}
	// A peer that goes on has seen our 2xx, even if its ACK got lost (RFC 5407 section 3.1).
	s.forget2xx()
	req := x.machine.Request()
	if !message.Understood(req) {
		s.respond(x, message.Unreadable(req, s.localTag))
		return
	}
	if res := s.tooBrief(req); res != nil {
		s.respond(x, res)
		return
	}
	body, offered, err := s.exchangeBody(req.Body())
	if err != nil {
		s.sdp.Rollback()
		s.respond(x, s.notAcceptable(req, p, err))
		return
	}
	l.dialog.Refresh(req)
	s.respond2xx(x, p, body, offered)
}

// exchangeBody is what goes into the 200: an answer to the offer of a re-INVITE, or an offer where it had none.
func (s *Session) exchangeBody(remote []byte) (body []byte, offered bool, err error) {
	if len(remote) == 0 {
		body, err = s.ownOffer()
		return body, true, err
	}
	body, err = s.answerOn(s.leg, remote, hold.ReINVITE)
	return body, false, err
}

// answerOn answers an offer of the peer in the dialog at once.
func (s *Session) answerOn(l *leg, remote []byte, m hold.Method) ([]byte, error) {
	in, err := l.sdp.Receive(remote)
	if err != nil {
		return nil, err
	}
	direction, err := s.holdOn(l, holdOffer(in, m))
	if err != nil {
		return nil, err
	}
	body, err := l.sdp.Answer(direction)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return body, nil
}

// inviteOfOursOpen tells whether an INVITE of ours waits for its final response.
func (s *Session) inviteOfOursOpen() bool {
	if s.reinviting {
		return true
	}
	for _, x := range s.transactions {
		if x.client && x.isInvite() && (x.machine.State() == transaction.Calling || x.machine.State() == transaction.Proceeding) {
			return true
		}
	}
	return false
}
