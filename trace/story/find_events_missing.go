package story

import (
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
}

// lossOf finds what a device itself said of a loss.
func (r *record) lossOf(view int) (int, trace.Gap) {
	for i, l := range r.all {
		if d, ok := l.Event.Data.(trace.Gap); ok && l.View == view {
			return i, d
		}
	}
	return -1, trace.Gap{}
}
