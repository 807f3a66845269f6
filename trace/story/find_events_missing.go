package story

import (
	"math"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleEventsMissing finds holes in the numbers of a call, one finding a device, and why where the device said so.
var ruleEventsMissing = rule{code: "events-missing", severity: Warning, find: func(r *record) []found {
	var out []found
	for v := range r.views {
		count := 0
		var evidence []trace.EventRef
		for _, g := range r.gaps {
			if g.view == v {
				count += g.Count()
				evidence = append(evidence, r.refs(g.after)...)
			}
		}
		if count == 0 {
			continue
		}
		f := found{args: args(phrase.Count("n", count), r.who(r.local(v))), evidence: evidence}
		if i, d := r.lossOf(v); i >= 0 {
			f.variant = lossVariants[d.Reason]
			f.evidence = append(f.evidence, r.ref(i))
		}
		out = append(out, f)
	}
	return out
}}

// lossVariants are the sentences for the reasons of an agent.gap.
var lossVariants = map[string]string{
	trace.GapJournalFull: ".full", trace.GapJournalCorrupt: ".corrupt", trace.GapJournalWrite: ".write",
	trace.GapGone: ".gone",
}

// lossOf finds what a device itself said of the loss of events that are missing.
func (r *record) lossOf(view int) (int, trace.Gap) {
	for i, l := range r.all {
		if d, ok := l.Event.Data.(trace.Gap); ok && l.View == view && r.swallowed(view, d) {
			return i, d
		}
	}
	return -1, trace.Gap{}
}

// swallowed tells whether a hole of a view lies where a loss was: between the events before and behind it, each of which names
// its run.
func (r *record) swallowed(view int, d trace.Gap) bool {
	events := r.views[view].Events
	for _, g := range r.gaps {
		if g.view != view {
			continue
		}
		from, to := trace.Event{}, trace.Event{Seq: math.MaxUint64}
		if g.After > 0 {
			from = events[g.After-1]
			to.Boot = from.Boot
		}
		if g.After < len(events) {
			to = events[g.After]
			if g.After == 0 {
				from.Boot = to.Boot
			}
		}
		before := d.Boot == from.Boot && d.To > from.Seq && (to.Boot != from.Boot || d.From < to.Seq)
		behind := d.Boot == to.Boot && d.From < to.Seq && (to.Boot != from.Boot || d.To > from.Seq)
		if before || behind {
			return true
		}
	}
	return false
}
