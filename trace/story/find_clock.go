package story

import (
	"slices"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleClock finds devices whose clock no time server had set: their dates can't be trusted, their durations can.
var ruleClock = rule{code: "clock-unsynced", severity: Note, find: func(r *record) []found {
	var first []int
	names := ""
	for v := range r.views {
		i := slices.IndexFunc(r.all, func(l trace.Located) bool { return l.View == v && !l.Own && l.Event.Clock == trace.ClockUnsynced })
		if i < 0 {
			continue
		}
		first = append(first, i)
		name := r.local(v).Name
		if names != "" {
			name = r.say("name.and", phrase.With("a", names), phrase.With("b", name))
		}
		names = name
	}
	if len(first) == 0 {
		return nil
	}
	return []found{{args: args(phrase.Count("n", len(first)), phrase.With("names", names)), evidence: r.refs(first...)}}
}}
