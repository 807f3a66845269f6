package session

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// attempt is what may differ from one try of the first INVITE to the next. Call-ID, To, and From with its tag never do
// (RFC 3261 section 8.1.3.5).
type attempt struct {
	seq    uint32
	target sip.Uri      // Request-URI
	proxy  *sip.Uri     // pre-loaded route, nil for none
	fields []sip.Header // what was asked for, such as credentials or Min-SE
	paths  []Path       // ways to the next hop, the one in use first
}

// set replaces the header fields of a name; without fields it removes them.
func (a *attempt) set(name string, fields ...sip.Header) {
	a.fields = slices.DeleteFunc(slices.Clone(a.fields), func(h sip.Header) bool { return strings.EqualFold(h.Name(), name) })
	a.fields = append(a.fields, fields...)
}

// nextHop is where the INVITE goes (RFC 3261 section 8.1.2).
func (a *attempt) nextHop() string {
	if a.proxy != nil {
		return a.proxy.String()
	}
	return a.target.String()
}

// tryAgain sends the first INVITE where it went, with what its response asked for: a new transaction with the next CSeq
// (RFC 3261 section 8.1.3.5). The caller must not have hung up.
func (s *Session) tryAgain(change func(*attempt)) {
	s.supersede()
	s.attempt.seq++
	change(&s.attempt)
	s.sendInvite()
}

// tryNextPath sends the first INVITE as it is by the next path: only the branch, and our address, are others (RFC 3263
// section 4.3).
func (s *Session) tryNextPath() {
	s.supersede()
	s.attempt.paths = s.attempt.paths[1:]
	s.sendInvite()
}

// supersede forgets the INVITE that is to be sent again, and its early dialogs. Its transaction lives on, to absorb
// retransmissions.
func (s *Session) supersede() {
	if s.invite != nil {
		s.invite.answered, s.invite.failed = nil, nil
	}
	for _, l := range s.legs {
		l.dialog.Terminate()
	}
	s.invite, s.legs = nil, map[string]*leg{}
	s.provisionalSeen, s.alerted = false, Alerting{}
	s.silence()
}
