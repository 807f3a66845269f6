package story

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleHoldLost finds a hold, or an attempt to take the call back, that showed that the other side had lost the call: it says so
// (481), or nobody answers (RFC 3261 section 12.2.1.2).
var ruleHoldLost = rule{code: "hold-lost", severity: Problem, find: func(r *record) []found {
	h := r.lost()
	if h == nil {
		return nil
	}
	i := h.refused[len(h.refused)-1]
	d, _ := r.all[i].Event.Data.(trace.Hold)
	evidence := append([]int{i}, h.offer.indexes()...)
	return []found{{
		variant: when(h.confirmed >= 0, ".resume") + when(d.Status > 0, ".status"), evidence: r.refs(evidence...),
		args: args(r.who(r.party(h.view, h.by)), phrase.With("status", strconv.Itoa(d.Status)), phrase.With("meaning", Meaning(d.Status, r.lang))),
	}}
}}
