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
// one (RFC 3261 section 13.2.1). Of several early dialogs the one counts that brought media last (RFC 3960 section 3).
func (s *Session) earlyMedia(l *leg, res *sip.Response, reliable bool) *offer.Media {
	if len(res.Body()) == 0 || !message.Understood(res) || l.agreed {
		return nil
	}
	m, err := l.sdp.Preview(res.Body())
	if err != nil {
		return nil
	}
	l.early, l.preview = bytes.Clone(res.Body()), m
	if reliable {
		_ = s.firstAnswer(l, res.Body()) // it was read a moment ago
	}
	s.spoken++
	s.heard, l.spoke = l, s.spoken
	m = l.media()
	return &m
}

// authorise reads P-Early-Media: whether the network lets early media through to us (RFC 5009 section 8). Without the header
// all stays as it was.
func (l *leg) authorise(res *sip.Response) {
	h := res.GetHeader("P-Early-Media")
	if h == nil {
		return
	}
	for param := range strings.SplitSeq(h.Value(), ",") {
		switch strings.ToLower(strings.TrimSpace(param)) {
		case "sendrecv", "sendonly": // as the callee's side sends
			l.barred = false
		case "recvonly", "inactive":
			l.barred = true
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

// leaveEarly forgets an early dialog that is over. Its media gives way to that of the dialog that brought some before.
func (s *Session) leaveEarly(l *leg) {
	l.dialog.Terminate()
	delete(s.legs, l.dialog.ID().RemoteTag)
	if s.heard != l {
		return
	}
	s.heard = nil
	for _, other := range s.legs {
		if other.spoke > 0 && (s.heard == nil || other.spoke > s.heard.spoke) {
			s.heard = other
		}
	}
	if s.heard == nil {
		s.silence()
	}
}

// silence tells that the early media is over.
func (s *Session) silence() {
	s.heard = nil
	if s.told.Codec == "" || s.told.Direction == trace.Inactive {
		return
	}
	s.told.Direction = trace.Inactive
	s.tell(MediaChanged{Media: s.told})
}
