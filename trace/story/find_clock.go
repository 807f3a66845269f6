package story

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleClock finds devices whose clock no time server had set: their dates can't be trusted, their durations can.
var ruleClock = rule{code: "clock-unsynced", severity: Note, find: func(r *record) []found {
	var first []int
	names := ""
	told := map[int]bool{}
	for i, l := range r.all {
		if l.Event.Clock != trace.ClockUnsynced || told[l.View] {
			continue
		}
		told[l.View] = true
		first = append(first, i)
		name := r.local(l.View).Name
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
