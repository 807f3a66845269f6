package session

import (
	"fmt"

	"sidetone/sipua/message"
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
	case s.unacked != nil && s.unacked.offered:
		s.reply(x, 491) // our offer is open until the ACK (RFC 5407 section 3.1)
		return
	}
	// A peer that goes on has seen our 2xx, even if its ACK got lost (RFC 5407 section 3.1).
	s.forget2xx()
	req := x.machine.Request()
	if !message.Understood(req) {
		s.respond(x, message.Unreadable(req, s.localTag))
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
	in, err := s.sdp.Receive(remote)
	if err != nil {
		return nil, false, err
	}
	direction, err := s.holdStep(holdOffer(in))
	if err != nil {
		return nil, false, err
	}
	if body, err = s.sdp.Answer(direction); err != nil {
		return nil, false, fmt.Errorf("answer: %w", err)
	}
	return body, false, nil
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
