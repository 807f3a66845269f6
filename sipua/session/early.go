package session

import "sidetone/sipua/offer"

// leaveEarly forgets an early dialog that is over.
func (s *Session) leaveEarly(l *leg) {
	l.dialog.Terminate()
	delete(s.legs, l.dialog.ID().RemoteTag)
	if s.heard == l {
		s.heard = nil
	}
}

// media is what the dialog has agreed on; before there is a reliable answer, what its last preview says.
func (l *leg) media() offer.Media {
	if m := l.sdp.Media(); m.Codec != "" {
		return m
	}
	return l.preview
}
