package session

import (
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/wire"
)

// maxForks bounds the dialogs that one INVITE can make us keep.
const maxForks = 32

// roomFor tells whether one more dialog can be kept for a response. A 2xx takes the room of an early dialog: that one is
// made anew by its own 2xx.
func (s *Session) roomFor(res *sip.Response) bool {
	if len(s.legs) < maxForks {
		return true
	}
	if res.StatusCode < 200 {
		return false
	}
	var early []string
	for tag, l := range s.legs {
		if l.dialog.State() == dialog.Early && l != s.heard {
			early = append(early, tag)
		}
	}
	if len(early) == 0 {
		return false
	}
	s.leaveEarly(s.legs[slices.Min(early)])
	return true
}

// releaseUnkept acknowledges and ends a branch that was answered and that there is no room for (RFC 3261 section 13.2.2.4).
// Nothing is kept of it: its 2xx brings both again when it comes again.
func (s *Session) releaseUnkept(res *sip.Response, seq uint32) {
	d, err := dialog.NewUAC(s.invite.machine.Request(), res)
	if err != nil || len(s.legs) < maxForks {
		return
	}
	p := s.invitePath
	if flow, ok := addressOf(d.NextHop()); ok && flow.Transport == p.Flow.Transport && flow.Remote != p.Flow.Remote {
		p.Flow = wire.Flow{Transport: flow.Transport, Remote: flow.Remote}
	}
	bye := d.Request(sip.BYE)
	bye.AppendHeader(message.StatusReason(200, "another branch answered"))
	for _, req := range []*sip.Request{d.Ack(seq), bye} {
		s.complete(req, p, message.PeerSessionID(res))
		s.emit(Send{Flow: p.Flow, Message: req})
	}
}
