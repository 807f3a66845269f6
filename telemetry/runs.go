package telemetry

import (
	"encoding/json"
	"slices"

	"go.uber.org/zap"

	"sidetone/internal/statefile"
)

// A run whose events have all left the journal, acknowledged, may yet be one of which the broker has lost the end: nothing that
// comes later tells a receiver that there was more. So where the newest runs ended stands in a file beside the journal.

// noteRuns takes the earlier runs from the journal and from the file, which it writes if that was not possible yet. It is done
// beside the recording of events, which must not wait for the flash.
func (r *Recorder) noteRuns(inJournal func() []EndOfRun) {
	r.noting.Lock()
	defer r.noting.Unlock()
	if r.noted {
		return
	}
	var remembered []EndOfRun
	if err := statefile.ReadJSON(r.runs, &remembered); err != nil {
		r.log.Warn("where earlier runs ended is not known", zap.Error(err))
		remembered = nil // part of it may have been read
	}
	earlier := newestEnds(withForgotten(remembered, inJournal()), r.journal.Acknowledged())
	r.mu.Lock()
	r.earlier = earlier
	r.mu.Unlock()
	if r.runs == "" || r.journal.Trouble() != nil {
		return
	}
	text, err := json.Marshal(earlier)
	if err == nil {
		err = statefile.Replace(r.runs, text) // beside a journal that works, so the folder is there
	}
	if r.noted = err == nil; err != nil {
		r.log.Warn("where earlier runs ended cannot be written down", zap.Error(err))
	}
}

// endsInJournal looks for earlier runs once more: a folder that is only there now, as on a card that was mounted late, may hold
// some that the recorder has not found at its start.
func (r *Recorder) endsInJournal() (ends []EndOfRun) {
	acknowledged := r.journal.Acknowledged()
	err := eachRecord(r.journal, func(seq uint64, line []byte) {
		if h, ok := parseHead(line); ok && h.boot != r.boot {
			ends = addEnd(ends, EndOfRun{Boot: h.boot, Seq: h.seq, record: seq}, acknowledged)
		}
	})
	if err != nil {
		r.log.Warn("where earlier runs ended cannot be read", zap.Error(err))
		return r.Earlier()
	}
	return ends
}

// withForgotten puts those of the remembered runs of which the journal has nothing before those that are in it.
func withForgotten(remembered, inJournal []EndOfRun) []EndOfRun {
	all := slices.DeleteFunc(slices.Clone(remembered), func(e EndOfRun) bool {
		return e.Boot == 0 || e.Seq == 0 || slices.ContainsFunc(inJournal, func(j EndOfRun) bool { return j.Boot == e.Boot })
	})
	return append(all, inJournal...)
}
