package story

import (
	"time"

	"sidetone/trace"
)

// during tells whether an event lies within the call.
func (r *record) during(i int) bool {
	at := r.at(i)
	return at >= r.startOf(r.all[i].View) && at <= r.endAt()
}

// account is the line that a view's call went over, "" when it is not known.
func (r *record) account(view int) string {
	if r.begins[view] < 0 {
		return ""
	}
	d, _ := r.all[r.begins[view]].Event.Data.(trace.Initiated)
	return d.Account
}

// ownShape is how an event of the device's own is told: as what happened in the middle of the call, or as the proof of a
// finding. Losses are told as the holes that they left.
func (t *teller) ownShape(i int) shape {
	l := t.all[i]
	s := shapes[l.Event.Kind]
	if d, ok := l.Event.Data.(trace.Line); ok && d.AOR != t.account(l.View) {
		s = shape{} // another line than the call's
	}
	switch {
	case l.Event.Kind == trace.AgentGap:
		return shape{}
	case t.proof[l.Ref] && s.scope == never:
		return shape{each, StepDevice, glyphNote}
	case t.proof[l.Ref] || t.during(i):
		return s
	default:
		return shape{}
	}
}

// since is how long before the call of its view an event was, at least a moment.
func (r *record) since(i int) time.Duration {
	return max(r.startOf(r.all[i].View)-r.at(i), time.Microsecond)
}
