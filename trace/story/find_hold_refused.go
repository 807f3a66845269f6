package story

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleHoldRefused finds a hold, or an attempt to take the call back, that the other side refused. The call went on.
var ruleHoldRefused = rule{code: "hold-refused", severity: Warning, find: func(r *record) []found {
	var out []found
	for _, h := range r.holds {
		for _, i := range h.refused {
			d, _ := r.all[i].Event.Data.(trace.Hold)
			if d.GivenUp() || r.fatal(i) {
				continue
			}
			variant := when(h.confirmed >= 0 && h.confirmed < i, ".resume")
			evidence := append([]int{i}, h.offer.indexes()...)
			out = append(out, found{
				variant: variant + when(d.Status > 0, ".status"), evidence: r.refs(evidence...),
				args: args(r.who(r.party(h.view, h.by)), phrase.With("status", strconv.Itoa(d.Status)),
					phrase.With("meaning", Meaning(d.Status, r.lang))),
			})
		}
	}
	return out
}}
