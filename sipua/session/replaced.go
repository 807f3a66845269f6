package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/trace"
)

// Replaced says that another call takes the place of this one: its INVITE with Replaces was accepted (RFC 3891 section 3).
type Replaced struct{ By trace.Party }

func (Replaced) event() {}

// replaced ends the call for the one that takes its place: BYE, or CANCEL before the answer.
func (s *Session) replaced(e Replaced) error {
	if s.state != Established && (s.state != Inviting || s.release != nil) {
		return s.illegal(e)
	}
	s.flush()
	s.tell(Transferred{Kind: trace.TransferDone, Transfer: trace.Transfer{By: trace.Remote, To: e.By}})
	return s.hangup(Hangup{Release: Release{Side: trace.Remote, Q850: 16, Text: "replaced"}})
}

// LocalTag is the tag of this side in every dialog of the call.
func (s *Session) LocalTag() string { return s.localTag }

// ID is our uuid (RFC 7989 section 5).
func (s *Session) ID() string { return s.cfg.SessionID }

// Dialog is the dialog of the call: the one that was answered, or the only early one. Without one the ID is zero.
func (s *Session) Dialog() (dialog.ID, sip.Uri, dialog.State) {
	l := s.leg
	if l == nil && len(s.legs) == 1 {
		for _, l = range s.legs {
		}
	}
	if l == nil {
		return dialog.ID{}, sip.Uri{}, dialog.Early
	}
	return l.dialog.ID(), l.dialog.Target(), l.dialog.State()
}
