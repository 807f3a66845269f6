package session

import (
	"net/netip"
	"slices"
	"sort"

	"sidetone/sipua/dialog"
	"sidetone/trace"
)

// Of several early dialogs the user hears one (RFC 3960 section 3): the one that described media last, until RTP comes from
// another and none from it. Media that the network does not authorise (RFC 5009) is chosen by neither, as long as there
// is other. Why the choice fell is told with the media.

// Hear says that RTP comes from the address that an early dialog of a caller described, and none from the one that is heard.
type Hear struct{ From netip.AddrPort }

func (Hear) event() {}

// Branched says where the media of the early dialogs comes from that are not heard; after the answer there are none.
type Branched struct {
	Others []netip.AddrPort // of dialogs that are heard once Hear names them
	Barred []netip.AddrPort // of dialogs whose media is not authorised
}

func (Branched) signal() {}

// hear takes up the dialog that RTP comes from. One that has gone meanwhile, or is barred, changes nothing.
func (s *Session) hear(e Hear) error {
	if s.state != Inviting {
		return s.illegal(e)
	}
	for _, l := range s.speakers() {
		if l != s.heard && !l.barred && l.media().Remote == e.From {
			s.listen(l, trace.EarlyRTP)
			return nil
		}
	}
	return nil
}

// expect takes up the dialog that has just described media.
func (s *Session) expect(l *leg) {
	if !l.barred || s.heard == nil || s.heard.barred {
		s.listen(l, trace.EarlyDescribed)
	}
}

// listen makes a dialog the one that is heard. Why is told where another was heard before.
func (s *Session) listen(l *leg, why trace.EarlyReason) {
	if l == nil || l == s.heard {
		return
	}
	if s.told.Codec != "" {
		s.why = why
	}
	s.heard = l
}

// reauthorise follows a change of what the network lets through.
func (s *Session) reauthorise(l *leg, barred bool) {
	if l.barred == barred {
		return
	}
	l.barred = barred
	switch {
	case s.heard == nil || !s.heard.barred:
		if s.heard == l {
			s.why = trace.EarlyAuthorised
		}
	case l == s.heard:
		s.why = trace.EarlyBarred
		if next := s.successor(); next != nil && !next.barred {
			s.listen(next, trace.EarlyBarred)
		}
	case !barred && l.spoke > 0:
		s.listen(l, trace.EarlyAuthorised)
	}
}

// successor is the dialog that is heard when nothing else decides: the last one that described media, of those whose media
// is authorised if there are any; nil when there is none.
func (s *Session) successor() *leg {
	all := s.speakers()
	for _, l := range all {
		if !l.barred {
			return l
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// speakers are the early dialogs that described media, the last one first.
func (s *Session) speakers() []*leg {
	var all []*leg
	for _, l := range s.legs {
		if l.spoke > 0 && l.dialog.State() == dialog.Early {
			all = append(all, l)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].spoke > all[j].spoke })
	return all
}

// tellBranches tells where else media may come from, when that has changed.
func (s *Session) tellBranches() {
	var b Branched
	if s.state == Inviting && s.heard != nil {
		heard, all := s.heard.media().Remote, s.speakers()
		b.Others = addressesOf(all, false, heard)
		b.Barred = addressesOf(all, true, append(b.Others, heard)...)
	}
	if !slices.Equal(b.Others, s.branched.Others) || !slices.Equal(b.Barred, s.branched.Barred) {
		s.branched = b
		s.tell(b)
	}
}

// addressesOf lists where the media of the barred dialogs, or of the others, comes from, without what is known already:
// branches of a call may share a media server.
func addressesOf(legs []*leg, barred bool, known ...netip.AddrPort) []netip.AddrPort {
	var found []netip.AddrPort
	for _, l := range legs {
		from := l.media().Remote
		if l.barred == barred && from.IsValid() && !slices.Contains(known, from) && !slices.Contains(found, from) {
			found = append(found, from)
		}
	}
	return found
}
