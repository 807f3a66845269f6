package ingest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"sidetone/collector/store"
)

// Stats counts what came in and what became of it, from the start of the process.
type Stats struct {
	mu sync.Mutex
	Counts
	refusals []store.Refusal // the latest last
}

// Counts is a copy of Stats.
type Counts struct {
	Messages   int // handed in by the front ends
	Stored     int // events
	Duplicates int // events that were stored already
	Commits    int
	Failed     int            // commits that were not possible
	Committing time.Duration  // spent in commits
	Faults     Faults         // parts of messages that were not used, by reason
	Refused    map[string]int // by the front ends, by reason: connections, topics, …
	Clients    int            // connected now
	Asked      uint64         // events that devices were asked to send again
}

// Snapshot copies the counts.
func (s *Stats) Snapshot() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.Counts
	c.Faults, c.Refused = maps.Clone(s.Faults), maps.Clone(s.Refused)
	return c
}

// Refuse counts something that a front end turned away.
func (s *Stats) Refuse(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Refused == nil {
		s.Refused = map[string]int{}
	}
	s.Refused[reason]++
}

// Connected counts clients that came (1) or went (-1).
func (s *Stats) Connected(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Clients += change
}

func (s *Stats) asked(events uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Asked += events
}

func (s *Stats) received(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Messages++
	s.faultsLocked(f)
}

func (s *Stats) committed(w store.Written, took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Commits++
	s.Committing += took
	if err != nil {
		s.Failed++
		return
	}
	s.Stored += w.Stored
	s.Duplicates += w.Duplicates
	if w.Scattered > 0 {
		s.faultsLocked(Faults{FaultScatter: w.Scattered})
	}
}

func (s *Stats) faultsLocked(f Faults) {
	if s.Faults == nil {
		s.Faults = Faults{}
	}
	for reason, n := range f {
		s.Faults[reason] += n
	}
}

// WriteMetrics writes the counts in the text format that Prometheus reads.
func (c Counts) WriteMetrics(w io.Writer) error {
	var err error
	metric := func(name, kind, help string) {
		if err == nil {
			_, err = fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		}
	}
	sample := func(name string, value any) {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %v\n", name, value)
		}
	}
	one := func(name, kind, help string, value any) {
		metric(name, kind, help)
		sample(name, value)
	}
	one("sidetone_ingest_messages_total", "counter", "Messages that devices published.", c.Messages)
	one("sidetone_ingest_events_stored_total", "counter", "Events made durable.", c.Stored)
	one("sidetone_ingest_events_duplicate_total", "counter", "Events that were stored already.", c.Duplicates)
	one("sidetone_ingest_commits_total", "counter", "Transactions tried.", c.Commits)
	one("sidetone_ingest_commits_failed_total", "counter", "Transactions that were not possible.", c.Failed)
	one("sidetone_ingest_commit_seconds_total", "counter", "Time spent in transactions.", c.Committing.Seconds())
	one("sidetone_ingest_clients", "gauge", "Devices connected to the embedded broker.", c.Clients)
	one("sidetone_ingest_events_asked_again_total", "counter", "Events that a broker had acknowledged and lost, and devices were asked for.", c.Asked)
	metric("sidetone_ingest_faults_total", "counter", "Parts of messages that could not be used, by reason.")
	for _, reason := range slices.Sorted(maps.Keys(c.Faults)) {
		sample(fmt.Sprintf("sidetone_ingest_faults_total{reason=%q}", reason), c.Faults[reason])
	}
	metric("sidetone_ingest_refused_total", "counter", "What the front ends turned away, by reason.")
	for _, reason := range slices.Sorted(maps.Keys(c.Refused)) {
		sample(fmt.Sprintf("sidetone_ingest_refused_total{reason=%q}", reason), c.Refused[reason])
	}
	return err
}
