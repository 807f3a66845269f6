package story

import (
	"slices"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleClock finds devices whose clock no time server had set: their dates can't be trusted, their durations can.
var ruleClock = rule{code: "clock-unsynced", severity: Note, find: func(r *record) []found {
	var first []int
	var names []string
	for v := range r.views {
		i := slices.IndexFunc(r.all, func(l trace.Located) bool { return l.View == v && !l.Own && l.Event.Clock == trace.ClockUnsynced })
		if i < 0 {
			continue
		}
		if name := r.local(v).Name; !slices.Contains(names, name) { // a device may have had two parts in a call
			first, names = append(first, i), append(names, name)
		}
	}
	if len(first) == 0 {
		return nil
	}
	return []found{{args: args(phrase.Count("n", len(first)), phrase.With("names", r.and(names))), evidence: r.refs(first...)}}
}}

// and lists people: "Ann, Bob and Carol".
func (r *record) and(names []string) string {
	said := names[0]
	for i, name := range names[1:] {
		key := "name.comma"
		if i == len(names)-2 {
			key = "name.and"
		}
		said = r.say(key, phrase.With("a", said), phrase.With("b", name))
	}
	return said
}
