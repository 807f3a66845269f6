package session

import (
	"bytes"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/trace"
)

// earlyMedia reads the description of a provisional response: the answer where the response is reliable, else what may be
// one (RFC 3261 section 13.2.1). It tells whether there is one, and what it says where the dialog is the one that is heard.
func (s *Session) earlyMedia(l *leg, res *sip.Response, reliable bool) (*offer.Media, bool) {
	if len(res.Body()) == 0 || !message.Understood(res) || l.agreed {
		return nil, false
	}
	m, err := l.sdp.Preview(res.Body())
	if err != nil {
		return nil, false
	}
	again := l.spoke > 0 && bytes.Equal(l.early, res.Body()) // a reminder (RFC 3261 section 13.3.1.1)
	l.early, l.preview = bytes.Clone(res.Body()), m
	if reliable {
		_ = s.firstAnswer(l, res.Body()) // it was read a moment ago
	}
	if !again {
		s.spoken++
		l.spoke = s.spoken
		s.expect(l)
	}
	if s.heard != l {
		return nil, true
	}
	m = l.media()
	return &m, true
}

// authorise reads P-Early-Media: whether the network lets early media through to us (RFC 5009 section 8). Without the header
// all stays as it was.
func (s *Session) authorise(l *leg, res *sip.Response) {
	h := res.GetHeader("P-Early-Media")
	if h == nil {
		return
	}
	for param := range strings.SplitSeq(h.Value(), ",") {
		switch strings.ToLower(strings.TrimSpace(param)) {
		case "sendrecv", "sendonly": // as the callee's side sends
			s.reauthorise(l, false)
		case "recvonly", "inactive":
			s.reauthorise(l, true)
		}
	}
}

// media is what the dialog has agreed on; before there is a reliable answer, what its last preview says. Early media that
// is not authorised is not received.
func (l *leg) media() offer.Media {
	m := l.sdp.Media()
	if m.Codec == "" {
		m = l.preview
	}
	if l.barred {
		m.Direction = deaf(m.Direction)
	}
	return m
}

func deaf(d trace.MediaDirection) trace.MediaDirection {
	if d == trace.SendRecv || d == trace.SendOnly {
		return trace.SendOnly
	}
	return trace.Inactive
}

// leaveEarly forgets an early dialog that is over. Its media gives way to that of another.
func (s *Session) leaveEarly(l *leg) {
	l.dialog.Terminate()
	delete(s.legs, l.dialog.ID().RemoteTag)
	if s.heard != l {
		return
	}
	s.heard = nil
	s.listen(s.successor(), trace.EarlyLeft)
	if s.heard == nil {
		s.silence()
	}
}

// silence tells that the early media is over.
func (s *Session) silence() {
	s.heard = nil
	over := s.state == Ending || s.state == Over // which ends all sound
	if over || s.told.Codec == "" || s.told.Direction == trace.Inactive {
		return
	}
	s.told.Direction = trace.Inactive
	s.tell(MediaChanged{Media: s.told})
}
