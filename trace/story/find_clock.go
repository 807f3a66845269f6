package story

import "sidetone/trace"

// ruleClock finds devices whose clock was not set: their dates can't be trusted, their durations can.
var ruleClock = rule{code: "clock-unsynced", severity: Note, find: func(r *record) []found {
	var out []found
	told := map[int]bool{}
	for i, l := range r.all {
		if l.Event.Clock != trace.ClockUnsynced || told[l.View] {
			continue
		}
		told[l.View] = true
		out = append(out, found{args: args(r.who(r.local(l.View))), evidence: r.refs(i)})
	}
	return out
}}
