package telemetry

import (
	"encoding/json"
	"slices"

	"go.uber.org/zap"

	"sidetone/internal/statefile"
)

// A run whose events have all left the journal, acknowledged, may yet be one of which the broker has lost the end: nothing that
// comes later tells a receiver that there was more. So where the newest runs ended stands in a file beside the journal.

// noteRuns adds what the file remembers to the earlier runs, and writes it if that was not possible yet. A folder that is only
// there now, as on a card that was mounted late, may hold runs that the recorder has not found at its start.
func (r *Recorder) noteRuns() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == "" || r.noted {
		return
	}
	var remembered []EndOfRun
	if err := statefile.ReadJSON(r.runs, &remembered); err != nil {
		r.log.Warn("where earlier runs ended is not known", zap.Error(err))
		remembered = nil // part of it may have been read
	}
	r.earlier = withForgotten(remembered, r.earlier)
	if r.journal.Trouble() != nil {
		return
	}
	text, err := json.Marshal(r.earlier)
	if err == nil {
		err = statefile.Replace(r.runs, text) // beside a journal that works, so the folder is there
	}
	if r.noted = err == nil; err != nil {
		r.log.Warn("where earlier runs ended cannot be written down", zap.Error(err))
	}
}

// withForgotten puts those of the remembered runs of which the journal has nothing before those that are in it.
func withForgotten(remembered, inJournal []EndOfRun) []EndOfRun {
	all := slices.DeleteFunc(slices.Clone(remembered), func(e EndOfRun) bool {
		return e.Boot == 0 || e.Seq == 0 || slices.ContainsFunc(inJournal, func(j EndOfRun) bool { return j.Boot == e.Boot })
	})
	all = append(all, inJournal...)
	return all[max(0, len(all)-maxGiven):]
}
