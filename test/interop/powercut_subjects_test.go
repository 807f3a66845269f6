//go:build interop && linux

package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/journal"
	"sidetone/trace"
)

// writeJournal appends events as the recorder does: every few of them is one that must be kept, and a call in between lasts.
func writeJournal(_ context.Context, run, dir string) error {
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: imageSize / 2, SegmentBytes: 64 << 10})
	if err != nil {
		return err
	}
	first := j.Last()
	promised := j.Last()
	for n := 1; ; n++ {
		if n%10 == 1 {
			if err := begin(n + 9); err != nil {
				return err
			}
		}
		line := fmt.Appendf(nil, "%s %d %s", run, n, strings.Repeat("x", rand.N(800)))
		seq, err := j.Append(line, n%10 == 0)
		if err != nil {
			return err
		}
		if trouble := j.Trouble(); trouble != nil {
			return trouble
		}
		if seq != first+uint64(n) {
			return fmt.Errorf("record %d of the run is number %d", n, seq)
		}
		if n%10 == 0 {
			<-time.After(rand.N(4 * time.Millisecond))
		}
		if durable := j.Durable(); durable > promised {
			promised = durable
			if err := promise(int(promised - first)); err != nil {
				return err
			}
			j.Acknowledge(promised - min(promised, 20)) // the watermark has its own cuts
		}
	}
}

// judgeJournal reads what is left as the technician's reader does, and then as the agent that starts again.
func judgeJournal(_ context.Context, dir string, s *subject) error {
	r, err := journal.OpenReader(dir)
	if err != nil {
		return err
	}
	before, err := checkRecords(r, s)
	if err != nil {
		return err
	}
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: imageSize / 2})
	if err != nil {
		return err
	}
	again := j.Read(1)
	after, err := checkRecords(again, s)
	if err == nil {
		err = j.Trouble()
	}
	if err == nil && after != before {
		err = fmt.Errorf("%d records became %d", before, after)
	}
	if beyond := int(j.Acknowledged()) > int(j.Last()); err == nil && beyond {
		err = fmt.Errorf("acknowledged %d of %d", j.Acknowledged(), j.Last())
	}
	return errors.Join(err, again.Close(), j.Close())
}

// checkRecords proves that every run is there up to what was promised of it, in order and without a hole. Behind that a hole
// is told: of what was not synced yet, the medium may hold the later part without the former. It tells how many records there are.
func checkRecords(r *journal.Reader, s *subject) (records int, err error) {
	defer func() { _ = r.Close() }()
	seen := map[string]int{}
	missing := 0 // in all
	hole := 0    // ahead of the next record
	for {
		rec, err := r.Poll()
		if errors.Is(err, io.EOF) {
			break
		}
		var gap *journal.GapError
		if errors.As(err, &gap) {
			hole = int(gap.Gap.Count())
			missing += hole
			continue
		}
		if err != nil {
			return records, err
		}
		records++
		var run, padding string
		var n int
		if _, err := fmt.Sscanf(string(rec.Payload)+" .", "%s %d %s", &run, &n, &padding); err != nil {
			return records, fmt.Errorf("record %d: %q: %w", rec.Seq, rec.Payload, err)
		}
		lost := n - seen[run] - 1 // of this run; the rest of the hole is the end of the run before
		if lost < 0 || lost > hole || rec.Seq != uint64(records+missing) {
			return records, fmt.Errorf("record %d is %s %d, behind %d and a hole of %d", rec.Seq, run, n, seen[run], hole)
		}
		if lost > 0 && seen[run] < s.upTo[run] {
			return records, fmt.Errorf("%s: %d acknowledged, but a hole behind %d", run, s.upTo[run], seen[run])
		}
		seen[run], hole = n, 0
	}
	if last := s.runs[len(s.runs)-1]; s.begun > 0 {
		s.torn += s.begun - seen[last]
		s.begun = 0 // counted
	}
	for _, run := range s.runs {
		if seen[run] < s.upTo[run] {
			return records, fmt.Errorf("%s: %d acknowledged, %d there", run, s.upTo[run], seen[run])
		}
	}
	return records, nil
}

// cutCallEvents is how many events a call of writeStore has.
const cutCallEvents = 3

// writeStore commits batches as ingest does; every one is a call.
func writeStore(ctx context.Context, run, dir string) error {
	s, err := sqlite.Open(ctx, filepath.Join(dir, "sidetone.db"))
	if err != nil {
		return err
	}
	var boot trace.Boot
	for _, c := range run {
		boot = boot*31 + trace.Boot(c)
	}
	for n := 1; ; n++ {
		if err := begin(n * cutCallEvents); err != nil {
			return err
		}
		batch := store.Batch{Origin: store.Origin{Tenant: "default", Device: "phone-1", At: time.Now()}}
		for i, e := range []trace.Event{
			{Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out}},
			{Kind: trace.SIPSent, Data: trace.SIP{Method: "INVITE", Raw: strings.Repeat("x", rand.N(2000))}},
			{Kind: trace.CallEnded, Data: trace.Ended{Side: trace.Local, Result: trace.ResultCancelled, Events: cutCallEvents}},
		} {
			e.Boot, e.Seq, e.At, e.Clock = boot, uint64((n-1)*cutCallEvents+i+1), time.Now().UTC().Truncate(time.Microsecond), trace.ClockSynced
			e.Call, e.N = cutCallOf(run, n), i+1
			raw, err := e.Encode()
			if err != nil {
				return err
			}
			batch.Lines = append(batch.Lines, store.Line{Event: e, Raw: raw})
		}
		if _, err := s.Write(ctx, []store.Update{batch}); err != nil {
			return err
		}
		if err := promise(n * cutCallEvents); err != nil {
			return err
		}
	}
}

func cutCallOf(run string, n int) string { return fmt.Sprintf("%s-%d", run, n) }

// judgeStore opens what is left as the collector that starts again does. Calls of earlier rounds are looked at by samples.
func judgeStore(ctx context.Context, dir string, s *subject) error {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "sidetone.db"))
	if err != nil {
		return err
	}
	for i, run := range s.runs {
		step := 1
		if i < len(s.runs)-1 {
			step = 25
		}
		for n := 1; n <= s.upTo[run]/cutCallEvents && err == nil; n += step {
			var c store.Call
			if c, err = db.Call(ctx, cutCallOf(run, n)); err == nil && (!c.Summary.Complete || len(c.Views[0].Events) != cutCallEvents) {
				err = fmt.Errorf("%s: %+v", cutCallOf(run, n), c.Summary)
			}
		}
	}
	if last := s.runs[len(s.runs)-1]; err == nil && s.begun > s.upTo[last] {
		if _, missing := db.Call(ctx, cutCallOf(last, s.begun/cutCallEvents)); errors.Is(missing, store.ErrNotFound) {
			s.torn += s.begun - s.upTo[last]
		}
	}
	return errors.Join(err, db.Close())
}
