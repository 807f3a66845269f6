package session

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
)

// provisional takes a 1xx to our INVITE. Above 100 it starts an early dialog for its to-tag, or belongs to one (RFC 3261
// sections 12.1.2, 13.2.2.1); the first of all permits a CANCEL that was waiting (section 9.1).
func (s *Session) provisional(res *sip.Response) {
	s.lastResponse = res.StatusCode
	s.provisionalSeen = true
	if s.release != nil {
		s.cancel()
	}
	if res.StatusCode == sip.StatusTrying || s.state != Inviting {
		return
	}
	l := s.earlyLeg(res)
	rseq := message.ReadRSeq(res)
	if rseq != 0 && !s.takeReliable(l, res, rseq) {
		return
	}
	if res.StatusCode == 199 { // RFC 6228 section 4: the early dialog is over
		if l != nil {
			s.leaveEarly(l)
		}
		return
	}
	a := Alerting{Status: res.StatusCode, Who: s.cfg.Who, Reliable: rseq != 0}
	if l != nil {
		s.authorise(l, res)
		var described bool
		a.Media, described = s.earlyMedia(l, res, rseq != 0)
		a.EarlyMedia = described && !l.barred
	}
	// The same again is a retransmission or a reminder (RFC 3261 section 13.3.1.1), no news.
	if s.release == nil && !sameAlerting(a, s.alerted) {
		s.alerted = a
		if a.Media != nil {
			s.told, a.Why = *a.Media, s.why
		}
		s.tell(a)
	}
}

// sameAlerting tells whether a response says nothing that b has not said. A reliable reminder does not repeat a description.
func sameAlerting(a, b Alerting) bool {
	if a.Media == nil && !a.EarlyMedia {
		return a.Status == b.Status
	}
	if (a.Media == nil) != (b.Media == nil) || a.Media != nil && *a.Media != *b.Media {
		return false
	}
	return a.Status == b.Status && a.EarlyMedia == b.EarlyMedia
}

// earlyLeg finds or starts the early dialog of a provisional response; nil when it has no tag.
func (s *Session) earlyLeg(res *sip.Response) *leg {
	if res.To() == nil || dialog.Tag(res.To().Params) == "" {
		return nil
	}
	return s.answeredLeg(res)
}

// answeredLeg finds or starts the dialog of a response above 100. It is nil only for a response that cannot be used.
func (s *Session) answeredLeg(res *sip.Response) *leg {
	if res.To() == nil {
		return nil
	}
	tag := dialog.Tag(res.To().Params)
	l := s.legs[tag]
	if l == nil {
		d, err := dialog.NewUAC(s.invite.machine.Request(), res)
		if err != nil || !s.roomFor(res) {
			return nil
		}
		l = newLeg(d, s.invitePath, s.agreement.clone())
		s.legs[tag] = l
	} else if l.dialog.State() == dialog.Early {
		l.dialog.Learn(res)
	}
	s.learnPeer(l, res)
	return l
}

// learnPeer notes what the peer calls itself (RFC 7989 section 6), and which methods it takes.
func (s *Session) learnPeer(l *leg, m sip.Message) {
	if id := message.PeerSessionID(m); id != "" {
		l.peerID, s.peerID = id, id
	}
	if allow := message.ReadAllow(m); allow != nil {
		l.allow = allow
	}
}
