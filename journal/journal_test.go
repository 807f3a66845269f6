package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sidetone/journal"
)

func open(t *testing.T, o journal.Options) *journal.Journal {
	t.Helper()
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func payload(i int) []byte { return fmt.Appendf(nil, "record %d %s", i, strings.Repeat("·", i%7)) }

func fill(t *testing.T, j *journal.Journal, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		seq, err := j.Append(payload(i), false)
		if err != nil {
			t.Fatal(err)
		}
		if seq != uint64(i) {
			t.Fatalf("number %d, want %d", seq, i)
		}
	}
}

// drain reads what is there: records, and the gaps between them.
func drain(t *testing.T, r *journal.Reader) (records []journal.Record, gaps []journal.Gap) {
	t.Helper()
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case err == nil:
			records = append(records, rec)
		case errors.As(err, &gap):
			gaps = append(gaps, gap.Gap)
		case errors.Is(err, io.EOF):
			return records, gaps
		default:
			t.Fatal(err)
		}
	}
}

func reader(t *testing.T, dir string) *journal.Reader {
	t.Helper()
	r, err := journal.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func wantRecords(t *testing.T, got []journal.Record, from, to int) {
	t.Helper()
	var seqs []uint64
	for _, r := range got {
		seqs = append(seqs, r.Seq)
		if string(r.Payload) != string(payload(int(r.Seq))) {
			t.Errorf("record %d: %q", r.Seq, r.Payload)
		}
	}
	if len(got) != to-from+1 || len(got) > 0 && (seqs[0] != uint64(from) || seqs[len(seqs)-1] != uint64(to)) {
		t.Errorf("records %v, want %d to %d", seqs, from, to)
	}
}

func segmentFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "0*.v1"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRecordsAndNumbersSurviveRestarts(t *testing.T) {
	dir := t.TempDir()
	for run := range 3 {
		j := open(t, journal.Options{Dir: dir})
		fill(t, j, run*10+1, run*10+10)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	records, gaps := drain(t, reader(t, dir))
	wantRecords(t, records, 1, 30)
	if len(gaps) > 0 {
		t.Errorf("gaps %v", gaps)
	}
	if n := len(segmentFiles(t, dir)); n != 3 {
		t.Errorf("%d segments, want one for each run", n)
	}
}

func TestRunsWithoutRecordsLeaveNoSegments(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		if err := open(t, journal.Options{Dir: dir}).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if files := segmentFiles(t, dir); len(files) > 0 {
		t.Errorf("%v", files)
	}
}

func TestTwoAgentsNeverShareAJournal(t *testing.T) {
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir})
	_, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 1 << 20})
	if !errors.Is(err, journal.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want ErrInUse with the directory", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, journal.Options{Dir: dir})
}

func TestJournalWithoutBytesLivesInMemory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	j, err := journal.Open(journal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	fill(t, j, 1, 100)
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	records, _ := drain(t, r)
	wantRecords(t, records, 1, 100)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("directory: %v", err)
	}
	for i := 101; i < 40000; i++ {
		if _, err := j.Append(payload(i), false); err != nil {
			t.Fatal(err)
		}
	}
	if s := j.Stats(); s.Bytes > 1<<20 || s.Dropped == 0 {
		t.Errorf("not bounded: %+v", s)
	}
}

func TestReadersFollowAndTheWatermarkSurvives(t *testing.T) {
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir})
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	got := make(chan journal.Record)
	go func() {
		defer close(got)
		for {
			rec, err := r.Next(t.Context())
			if err != nil {
				return
			}
			got <- rec
		}
	}()
	for i := 1; i <= 20; i++ {
		fill(t, j, i, i)
		if rec := <-got; rec.Seq != uint64(i) {
			t.Fatalf("record %d, want %d", rec.Seq, i)
		}
	}
	j.Acknowledge(12)
	j.Acknowledge(5)    // never back
	j.Acknowledge(1000) // never beyond what there is
	if got := j.Acknowledged(); got != 20 {
		t.Errorf("acknowledged %d", got)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, more := <-got; more {
		t.Error("a record after the end")
	}
	j = open(t, journal.Options{Dir: dir})
	if got := j.Acknowledged(); got != 20 {
		t.Errorf("acknowledged after restart %d", got)
	}
	if _, err := j.Append(nil, false); err != nil {
		t.Errorf("empty record: %v", err)
	}
}

func TestReaderEndsWithItsContext(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir()})
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := journal.OpenReader(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

func TestFullJournalDropsTheOldestSegmentAndSaysWhatWasLost(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir(), MaxBytes: 8 << 10, SegmentBytes: 1 << 10})
	late := j.Read(0)
	defer func() { _ = late.Close() }()
	if _, err := late.Poll(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	fill(t, j, 1, 1000)
	losses := j.Losses()
	if len(losses) == 0 {
		t.Fatal("nothing was lost")
	}
	next := uint64(1)
	for _, g := range losses {
		if g.From != next || g.Reason != journal.Dropped || string(g.First) != string(payload(int(g.From))) || string(g.Last) != string(payload(int(g.To))) {
			t.Fatalf("gap %+v, want from %d", g, next)
		}
		next = g.To + 1
	}
	records, gaps := drain(t, late)
	wantRecords(t, records, int(next), 1000)
	if len(gaps) != 0 {
		t.Errorf("a reader from the beginning starts with the oldest record: %v", gaps)
	}
	if s := j.Stats(); s.Bytes > 8<<10 || s.Dropped != next-1 {
		t.Errorf("%+v", s)
	}
	if len(j.Losses()) != 0 {
		t.Error("losses are told twice")
	}
}

func TestDroppingWhatWasAcknowledgedIsNoLoss(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir(), MaxBytes: 8 << 10, SegmentBytes: 1 << 10})
	for i := 1; i <= 1000; i++ {
		fill(t, j, i, i)
		j.Acknowledge(uint64(i))
	}
	if l := j.Losses(); len(l) > 0 {
		t.Errorf("%v", l)
	}
}

func TestReaderInAnotherProcessStandsSegmentsBeingDeleted(t *testing.T) {
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir, MaxBytes: 8 << 10, SegmentBytes: 1 << 10})
	fill(t, j, 1, 10)
	r := reader(t, dir)
	if rec, err := r.Poll(); err != nil || rec.Seq != 1 {
		t.Fatal(rec, err)
	}
	fill(t, j, 11, 2000)
	records, gaps := drain(t, r)
	if len(gaps) != 1 || gaps[0].Reason != journal.Dropped {
		t.Fatalf("gaps %+v", gaps)
	}
	want := uint64(2)
	for _, rec := range records {
		if rec.Seq == gaps[0].From {
			t.Errorf("record %d is said to be missing", rec.Seq)
		}
		if want == gaps[0].From {
			want = gaps[0].To + 1
		}
		if rec.Seq != want {
			t.Fatalf("record %d, want %d", rec.Seq, want)
		}
		want++
	}
	if want != 2001 {
		t.Errorf("ends at %d", want-1)
	}
	if string(gaps[0].Before) != string(payload(int(gaps[0].From)-1)) || string(gaps[0].After) != string(payload(int(gaps[0].To)+1)) {
		t.Error("payloads around the gap are wrong")
	}
	fill(t, j, 2001, 2001)
	if rec, err := r.Poll(); err != nil || rec.Seq != 2001 {
		t.Errorf("does not go on: %v %v", rec, err)
	}
}

func TestFullDiskGivesUpAcknowledgedHistoryFirst(t *testing.T) {
	room := -1 // changes of files until the disk is full
	j := open(t, journal.Options{Dir: t.TempDir(), SegmentBytes: 1 << 10, Fault: func() error {
		if room--; room == -1 {
			return syscall.ENOSPC
		}
		return nil
	}})
	fill(t, j, 1, 200)
	j.Acknowledge(200)
	before := j.Stats().Segments
	room = 0
	fill(t, j, 201, 201)
	if got := j.Stats().Segments; got != before-1 {
		t.Errorf("%d segments of %d are left", got, before)
	}
	if l := j.Losses(); len(l) > 0 {
		t.Errorf("lost %v", l)
	}
}

func TestTooLargeRecordIsRefusedAndNothingElse(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir()})
	if _, err := j.Append(make([]byte, journal.MaxRecord+1), false); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
	if seq, err := j.Append(make([]byte, journal.MaxRecord), false); err != nil || seq != 1 {
		t.Errorf("%d %v", seq, err)
	}
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	if rec, err := r.Poll(); err != nil || len(rec.Payload) != journal.MaxRecord {
		t.Errorf("%d bytes, %v", len(rec.Payload), err)
	}
}

func TestNumbersAreNeverUsedTwiceWhenTheMediumLostWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir})
	fill(t, j, 1, 10)
	j.Acknowledge(10)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(segmentFiles(t, dir)[0], 20); err != nil {
		t.Fatal(err)
	}
	j = open(t, journal.Options{Dir: dir})
	fill(t, j, 11, 15)
	r := j.Read(j.Acknowledged() + 1)
	defer func() { _ = r.Close() }()
	records, gaps := drain(t, r)
	wantRecords(t, records, 11, 15)
	if len(gaps) > 0 {
		t.Errorf("%v", gaps)
	}
}

func TestSegmentsOfAnotherFormatAreLeftAloneAndTold(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "00000000000000000005.v2")
	if err := os.WriteFile(foreign, []byte("from the future"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, journal.Options{Dir: dir})
	seq, err := j.Append([]byte("x"), false)
	if err != nil || seq <= 5 {
		t.Errorf("%d %v", seq, err)
	}
	uplink := j.Read(1)
	defer func() { _ = uplink.Close() }()
	for name, r := range map[string]*journal.Reader{"another process": reader(t, dir), "uplink": uplink} {
		records, gaps := drain(t, r)
		if len(records) != 1 {
			t.Errorf("%s: %v", name, records)
		}
		if len(gaps) != 1 || gaps[0].Reason != journal.Foreign || gaps[0].From != 5 {
			t.Errorf("%s: gaps %+v", name, gaps)
		}
		if text := (&journal.GapError{Gap: gaps[0]}).Error(); !strings.Contains(text, "format that this version does not know") {
			t.Errorf("%s: %q", name, text)
		}
	}
	behind := j.Read(seq)
	defer func() { _ = behind.Close() }()
	if records, gaps := drain(t, behind); len(records) != 1 || len(gaps) > 0 {
		t.Errorf("behind it: %d records, gaps %+v", len(records), gaps)
	}
	if b, err := os.ReadFile(foreign); err != nil || string(b) != "from the future" {
		t.Errorf("%q %v", b, err)
	}
}

func TestDamagedWatermarkSlotLeavesTheOlderOne(t *testing.T) {
	dir := t.TempDir()
	for i := 1; i <= 2; i++ {
		j := open(t, journal.Options{Dir: dir})
		fill(t, j, i, i)
		j.Acknowledge(uint64(i))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "acknowledged.v1")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   int
		want uint64
	}{{9, 1}, {4096 + 9, 2}} { // generation 2 is in the first slot
		bad := slices.Clone(b)
		bad[c.at] ^= 1
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, journal.Options{Dir: dir})
		if got := j.Acknowledged(); got != c.want {
			t.Errorf("damage at %d: acknowledged %d, want %d", c.at, got, c.want)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAppendAfterCloseIsRefused(t *testing.T) {
	j := open(t, journal.Options{Dir: t.TempDir()})
	for range 2 {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Append(nil, false); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("error %v", err)
	}
}
