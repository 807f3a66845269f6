package telemetry

import (
	"encoding/json"
	"slices"

	"go.uber.org/zap"

	"sidetone/internal/statefile"
)

// A run whose events have all left the journal, acknowledged, may yet be one of which the broker has lost the end: nothing that
// comes later tells a receiver that there was more. So where the newest runs ended stands in a file beside the journal.

// rememberedRuns reads the file. One that cannot be read is written anew.
func (r *Recorder) rememberedRuns() []EndOfRun {
	var runs []EndOfRun
	if err := statefile.ReadJSON(r.runs, &runs); err != nil {
		r.log.Warn("where earlier runs ended is not known", zap.Error(err))
	}
	return slices.DeleteFunc(runs, func(e EndOfRun) bool { return e.Boot == 0 || e.Seq == 0 })
}

// withForgotten puts those of the remembered runs that the journal has nothing of before those that are in it.
func withForgotten(remembered, inJournal []EndOfRun) []EndOfRun {
	all := slices.DeleteFunc(remembered, func(e EndOfRun) bool {
		return slices.ContainsFunc(inJournal, func(j EndOfRun) bool { return j.Boot == e.Boot })
	})
	all = append(all, inJournal...)
	return all[max(0, len(all)-maxGiven):]
}

// noteRuns writes the file if that was not possible yet, and the flash takes anything.
func (r *Recorder) noteRuns() {
	if r.runs == "" || r.journal.Trouble() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.noted {
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
