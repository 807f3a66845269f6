package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
)

// isChallenge tells whether a response asks for credentials (RFC 3261 sections 21.4.2, 21.4.8).
func isChallenge(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}

// authenticateInvite sends the first INVITE again, with the credentials that its response asks for, and tells whether it
// did (RFC 3261 sections 8.1.3.5, 22.2, 22.3).
func (s *Session) authenticateInvite(res *sip.Response) bool {
	req := s.invite.machine.Request()
	if !isChallenge(res) || s.unshown(res) || !s.digest.Challenged(req, res) {
		return false
	}
	s.tryAgain(func(*attempt) {}) // complete adds them
	return true
}

// unshown tells whether a response challenges the first INVITE on behalf of somebody whom the password is not for.
func (s *Session) unshown(res *sip.Response) bool {
	return isChallenge(res) && s.cfg.Credentials.Password != "" && !s.mayAnswer(s.invite.machine.Request(), s.invite.flow, res)
}

// authenticate sends a request inside a dialog again, with the credentials that its response asks for, and tells whether it
// did. Its user never learns of the challenge. A dialog that is over sends its BYE again and nothing else; a CANCEL cannot
// be sent again (RFC 3261 section 22.1).
func (s *Session) authenticate(x *exchange, res *sip.Response) bool {
	req := x.machine.Request()
	if !isChallenge(res) || req.Method == sip.CANCEL || req.To() == nil || dialog.Tag(req.To().Params) == "" {
		return false
	}
	l := s.legs[dialog.Tag(req.To().Params)]
	if l == nil || l.dialog.State() == dialog.Terminated && req.Method != sip.BYE {
		return false
	}
	if !s.mayAnswer(req, x.flow, res) || !s.digest.Challenged(req, res) {
		return false
	}
	again := l.dialog.Again(req)
	again.Via().Params.Add("branch", sip.RFC3261BranchMagicCookie+s.cfg.Token())
	s.digest.Authorize(again)
	s.send(again, x.flow, x.answered, x.failed)
	return true
}

// repeatCredentials puts the credentials of an INVITE into the ACK of its 2xx, which cannot be challenged (RFC 3261
// sections 13.2.2.4, 22.1).
func (s *Session) repeatCredentials(ack *sip.Request) {
	for _, x := range s.transactions {
		invite := x.machine.Request()
		if x.client && x.isInvite() && invite.CSeq().SeqNo == ack.CSeq().SeqNo {
			message.CopyCredentials(invite, ack)
			return
		}
	}
}
