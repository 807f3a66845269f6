package telemetry

import (
	"slices"

	"sidetone/journal"
	"sidetone/trace"
)

// lostRange holds the numbers of events that could not be written, one after the other.
type lostRange struct{ from, to uint64 }

func addLost(ranges []lostRange, seq uint64) []lostRange {
	if n := len(ranges); n > 0 && ranges[n-1].to+1 == seq {
		ranges[n-1].to = seq
		return ranges
	}
	return append(ranges, lostRange{from: seq, to: seq})
}

// reportLossesLocked records what was lost, once the journal takes events again; atOnce tries it whether or not it does. What
// cannot be recorded now stays due.
func (r *Recorder) reportLossesLocked(atOnce bool) {
	if trouble := r.journal.Trouble(); r.faulty != (trouble != nil) {
		r.faulty = !r.faulty
		r.appendLocked(trace.Event{Kind: trace.DeviceFault, Data: trace.Fault{
			Part: trace.FaultyJournal, Error: TroubleText(trouble), Over: !r.faulty,
		}})
	}
	acknowledged := r.journal.Acknowledged() // before the losses, which raise it
	for _, g := range r.journal.Losses() {
		var all []trace.Gap
		r.reports, all = r.reports.renew(g, translate(g))
		r.gaps = condense(slices.Concat(r.gaps, all))
	}
	r.reports = r.reports.settle(acknowledged)
	if n := len(r.unwritten); n > 0 && r.unwritten[n-1].to == r.seq && !atOnce {
		return // still failing
	}
	for _, l := range r.unwritten {
		r.gaps = append(r.gaps, trace.Gap{From: l.from, To: l.to, Boot: r.boot, Reason: trace.GapJournalWrite, Count: l.to - l.from + 1})
	}
	r.unwritten = nil
	for len(r.gaps) > 0 && r.appendLocked(trace.Event{Kind: trace.AgentGap, Data: r.gaps[0]}) {
		r.gaps = r.gaps[1:]
	}
}

// translate tells which events a gap in the journal's numbers took. One record is one event, so counting from what is
// known at its edges or around it is exact within a run; a gap across a restart is told as one per run.
func translate(g journal.Gap) []trace.Gap {
	reason := trace.GapJournalCorrupt
	switch g.Reason {
	case journal.Dropped:
		reason = trace.GapJournalFull
	case journal.Unwritable:
		reason = trace.GapJournalWrite
	case journal.Foreign:
		return []trace.Gap{{Reason: reason, Count: 1}} // at least
	default:
	}
	count := g.Count()
	first, hasFirst := parseHead(g.First)
	last, hasLast := parseHead(g.Last)
	if hasFirst && hasLast && first.boot == last.boot {
		return []trace.Gap{{From: first.seq, To: last.seq, Boot: first.boot, Reason: reason, Count: count}}
	}
	before, hasBefore := parseHead(g.Before)
	after, hasAfter := parseHead(g.After)
	if hasBefore && hasAfter && before.boot == after.boot {
		return []trace.Gap{{From: before.seq + 1, To: after.seq - 1, Boot: before.boot, Reason: reason, Count: count}}
	}
	var gaps []trace.Gap
	var newer uint64 // lost events of the run that the record behind the gap is of
	if hasAfter {
		newer = min(after.seq-1, count)
	}
	if hasBefore && count > newer {
		gaps = append(gaps, trace.Gap{
			From: before.seq + 1, To: before.seq + count - newer, Boot: before.boot, Reason: reason, Count: count - newer,
		})
	}
	if newer > 0 {
		gaps = append(gaps, trace.Gap{From: after.seq - newer, To: after.seq - 1, Boot: after.boot, Reason: reason, Count: newer})
	}
	if len(gaps) == 0 { // nothing is known but how many
		gaps = append(gaps, trace.Gap{Reason: reason, Count: count})
	}
	return gaps
}
