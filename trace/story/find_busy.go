package story

import (
	"slices"

	"sidetone/trace"
)

// ruleBusyElsewhere finds what a busy called party was busy with, as far as something shows it. A 486 says no more than that one
// device will not take another call (RFC 3261 section 21.4.24), and gets no finding.
var ruleBusyElsewhere = rule{code: "busy-elsewhere", severity: Note, find: func(r *record) []found {
	for i, l := range r.all {
		if e, ok := l.Event.Data.(trace.Ended); ok && e.Reason == trace.AllLinesBusy && !r.outgoing[l.View] {
			return []found{{args: args(r.who(r.local(l.View))), evidence: r.refs(i)}}
		}
	}
	x := r.opening()
	if x == nil || x.final < 0 {
		return nil
	}
	switch x.status {
	case 600: // section 21.6.1: there is definitive information about every device
		return []found{{variant: ".everywhere", evidence: r.refs(x.final)}}
	case 486:
		if i := r.otherRang(x); i >= 0 {
			return []found{{variant: ".branch", evidence: r.refs(i, x.final)}}
		}
	}
	return nil
}}

// otherRang finds a 180 of another device than the one whose final response came: each branch of a fork has its own tag (RFC 3261
// section 12.1). A proxy passes the responses on as they are.
func (r *record) otherRang(x *exchange) int {
	final, _ := r.all[x.final].Event.Data.(trace.SIP)
	return slices.IndexFunc(r.all, func(l trace.Located) bool {
		m, ok := l.Event.Data.(trace.SIP)
		return ok && l.View == x.view && m.Status == 180 && m.Method == "INVITE" && m.CSeq == x.message.CSeq &&
			m.ToTag != "" && final.ToTag != "" && m.ToTag != final.ToTag
	})
}
