package telemetry

import (
	"slices"
	"sort"

	"sidetone/journal"
	"sidetone/trace"
)

// maxReports bounds how many reports of losses are made again: of an agent that restarts again and again while nobody
// takes its events, all runs but the newest are told together, by their number of events only.
const maxReports = 32

// report is an agent.gap that waits in the journal. It may be dropped there like any other event, and a run whose events
// are all gone would never be heard of.
type report struct {
	seq uint64 // journal number
	gap trace.Gap
}

// reports are those that have not arrived yet, in the order of the journal.
type reports []report

// settle forgets those that have arrived.
func (r reports) settle(acknowledged uint64) reports {
	return slices.DeleteFunc(r, func(t report) bool { return t.seq <= acknowledged })
}

// renew adds to the gaps that come of a loss what was reported before and has to be told again: what was lost itself,
// and the rest about the same runs, so that one report tells all of a run.
func (r reports) renew(loss journal.Gap, gaps []trace.Gap) (left reports, all []trace.Gap) {
	runs := map[trace.Boot]bool{}
	for _, g := range gaps {
		runs[g.Boot] = true
	}
	for _, t := range r {
		if t.seq >= loss.From && t.seq <= loss.To {
			runs[t.gap.Boot] = true
		}
	}
	for _, t := range r {
		if runs[t.gap.Boot] {
			all = append(all, t.gap)
		} else {
			left = append(left, t)
		}
	}
	return left, append(all, gaps...)
}

// condense makes one report of several that follow each other in one run, and bounds their number. Their order is that
// in which they became known.
func condense(gaps []trace.Gap) []trace.Gap {
	var out []trace.Gap
	for _, g := range gaps {
		before := slices.IndexFunc(out, func(o trace.Gap) bool {
			return o.Boot == g.Boot && o.Reason == g.Reason && g.From > 0 && o.From > 0 && g.From <= o.To+1 && o.From <= g.To+1
		})
		if before < 0 {
			out = append(out, g)
			continue
		}
		o := &out[before]
		o.From, o.To = min(o.From, g.From), max(o.To, g.To)
		o.Count = o.To - o.From + 1
	}
	if len(out) <= maxReports {
		return out
	}
	sort.SliceStable(out, func(i, j int) bool { return min(out[i].From, 1) < min(out[j].From, 1) }) // sums first
	rest := trace.Gap{Reason: out[0].Reason}
	for _, g := range out[:len(out)-maxReports+1] {
		rest.Count += g.Count
	}
	return append([]trace.Gap{rest}, out[len(out)-maxReports+1:]...)
}
