package telemetry

import (
	"encoding/json"
	"slices"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/statefile"
	"sidetone/trace"
)

// Of each run of the agent, births and health reports say up to where its events were acknowledged. A run whose events have all left
// the journal, acknowledged, may yet be one of which the broker has lost the end: nothing that comes later tells a receiver that
// there was more. So where the newest runs ended stands in a file beside the journal.
const (
	maxGiven   = 16               // runs that a birth tells of
	mostGiven  = 64               // when more wait in the journal as the agent starts; a receiver takes no more
	givenEvery = 10 * time.Minute // from one health report that tells of all runs to the next
)

// Given says up to where the events of a run were acknowledged, from the first one on.
type Given struct {
	Boot trace.Boot `json:"boot"`           // of the run
	Seq  uint64     `json:"seq"`            // of the newest event that was acknowledged; 0 for none
	Over bool       `json:"over,omitempty"` // the run is over, and the journal has nothing more of it
}

// EndOfRun is the newest event of an earlier run.
type EndOfRun struct {
	Boot   trace.Boot `json:"boot"`
	Seq    uint64     `json:"seq"`
	record uint64     // its number in the journal; 0 when it has left that
}

// given tells up to where the broker has acknowledged what was recorded: for the earlier runs and the present one, which is last.
func (u *Uplink) given(present trace.Boot) []Given {
	acknowledged := u.o.Journal.Acknowledged()
	r := u.o.Journal.Read(acknowledged)
	defer func() { _ = r.Close() }() // only read
	if rec, err := r.Poll(); err == nil && rec.Seq == acknowledged {
		if newest, ok := parseHead(rec.Payload); ok {
			u.newest = Given{Boot: newest.boot, Seq: newest.seq}
		}
	}
	var out []Given
	for _, run := range append(u.o.Earlier(), EndOfRun{Boot: present}) {
		g := Given{Boot: run.Boot}
		switch {
		case run.Seq > 0 && run.record <= acknowledged:
			g.Seq, g.Over = run.Seq, true
		case run.Boot == u.newest.Boot:
			g = u.newest
		}
		out = append(out, g)
	}
	return out
}

// givenSince tells what has become of the runs that were not over at the last birth. Where a backlog was sent since, the run
// before those is named too, so that a receiver that knows it sees that the others follow it. Now and then all runs are told: the
// birth may not have come in where much else did not.
func (u *Uplink) givenSince() []Given {
	if u.boot == 0 {
		return nil
	}
	all := u.given(u.boot)
	for len(all) > 0 && all[len(all)-1].Seq == 0 {
		all = all[:len(all)-1]
	}
	from := u.over
	if from < len(all)-1 {
		from--
	}
	if now := time.Now(); now.Sub(u.told) >= givenEvery {
		u.told, from = now, 0
	}
	return all[min(max(from, 0), len(all)):]
}

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

// addEnd takes in the next event of the journal.
func addEnd(ends []EndOfRun, e EndOfRun, acknowledged uint64) []EndOfRun {
	if n := len(ends); n > 0 && ends[n-1].Boot == e.Boot {
		ends[n-1] = e
		return ends
	}
	return newestEnds(append(ends, e), acknowledged)
}

// newestEnds leaves out the oldest of the runs that are acknowledged. Those that are not come on top: a broker may lose all of a
// backlog, after it has lost the end of what came before.
func newestEnds(ends []EndOfRun, acknowledged uint64) []EndOfRun {
	for n := len(ends); n >= maxGiven && (n >= mostGiven || ends[maxGiven-1].record <= acknowledged); n-- {
		ends = ends[1:]
	}
	return ends
}
