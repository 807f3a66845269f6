package telemetry

import (
	"slices"

	"sidetone/trace"
)

// holes are the numbers that earlier runs used for events that they could not write. Each run tells of its own as soon as it
// can write again; one that was cut off before that never did.
type holes struct {
	record uint64 // journal number of the newest line
	newest head
	found  []trace.Gap
	told   []trace.Gap
}

// add takes in the next event line of the journal, whose number in it is record. Numbers that are missing where no record is
// were never written.
func (h *holes) add(record uint64, e head, gap *trace.Gap) {
	if gap != nil {
		h.told = append(h.told, *gap)
	}
	before := h.newest.seq
	if e.boot != h.newest.boot {
		before = 0
	}
	if record == h.record+1 && e.seq > before+1 {
		h.found = append(h.found, trace.Gap{From: before + 1, To: e.seq - 1, Boot: e.boot, Reason: trace.GapJournalWrite, Count: e.seq - before - 1})
	}
	h.record, h.newest = record, e
}

// untold gives those that no report names.
func (h *holes) untold() []trace.Gap {
	return slices.DeleteFunc(h.found, func(g trace.Gap) bool {
		return slices.ContainsFunc(h.told, func(t trace.Gap) bool { return t.Boot == g.Boot && t.From <= g.From && g.To <= t.To })
	})
}
