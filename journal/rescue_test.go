package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"sidetone/journal"
)

func TestJournalRemovedWhileInUseIsWrittenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := open(t, journal.Options{Dir: dir})
	fill(t, j, 1, 10)
	reader := j.Read(0)
	defer func() { _ = reader.Close() }()
	if records, _ := drain(t, reader); len(records) != 10 {
		t.Fatalf("%d records", len(records))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fill(t, j, 11, 20)
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	fill(t, j, 21, 30)

	if records, gaps := drain(t, reader); len(records) != 20 || len(gaps) > 0 {
		t.Errorf("the reader that followed got %d records and %v", len(records), gaps)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, journal.Options{Dir: dir})
	if records, gaps := drain(t, again.Read(0)); len(records) != 30 || len(gaps) > 0 {
		t.Errorf("after a restart %d records are there and %v", len(records), gaps)
	}
	if l := again.Losses(); len(l) > 0 {
		t.Errorf("lost %v", l)
	}
}

func TestSegmentsRemovedWhileInUseAreReportedAsFarAsTheyHadNotArrived(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := open(t, journal.Options{Dir: dir, SegmentBytes: 1 << 10})
	fill(t, j, 1, 200)
	j.Acknowledge(5)
	segments, err := filepath.Glob(filepath.Join(dir, "0*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	first := uint64(0)
	records, _ := drain(t, j.Read(0))
	if len(records) > 0 {
		first = records[0].Seq
	}
	if first < 2 || len(segments) < 2 {
		t.Fatalf("records from %d, in %d segments: too few for this test", first, len(segments))
	}
	want := []journal.Gap{{From: 6, To: first - 1, Reason: journal.Corrupt, After: payload(int(first))}}
	equal := func(a, b journal.Gap) bool {
		return a.From == b.From && a.To == b.To && a.Reason == b.Reason && string(a.After) == string(b.After)
	}
	if got := j.Losses(); !slices.EqualFunc(got, want, equal) {
		t.Errorf("lost %v, want %v", got, want)
	}
	if got := j.Stats().Segments; got != 1 {
		t.Errorf("%d segments are left", got)
	}
}

func TestJournalRemovedBetweenSegmentsGoesOnInANewDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := open(t, journal.Options{Dir: dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fill(t, j, 1, 3)
	if _, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 1 << 20}); err == nil {
		t.Error("another agent could take the new directory")
	}
}

func TestJournalReplacedByThatOfAnotherAgentIsNotWrittenTo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := open(t, journal.Options{Dir: dir})
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	other := open(t, journal.Options{Dir: dir})
	fill(t, other, 1, 3)
	fill(t, j, 1, 1)
	if s := j.Stats(); !s.Memory || !errors.Is(s.Trouble, journal.ErrInUse) {
		t.Errorf("%+v", s)
	}
	if records, _ := drain(t, other.Read(0)); len(records) != 3 {
		t.Errorf("%d records", len(records))
	}
}

func TestFullDiskGivesUpTheOnlySegmentOnceItWasAcknowledged(t *testing.T) {
	full := false
	j := open(t, journal.Options{Dir: t.TempDir(), Fault: func() error {
		if full {
			full = false
			return syscall.ENOSPC
		}
		return nil
	}})
	fill(t, j, 1, 200)
	reader := j.Read(0)
	defer func() { _ = reader.Close() }()
	drain(t, reader)
	j.Acknowledge(200)
	full = true
	fill(t, j, 201, 201)
	if s := j.Stats(); s.Segments != 1 || s.Bytes > 100 || s.Memory {
		t.Errorf("%+v", s)
	}
	if l := j.Losses(); len(l) > 0 {
		t.Errorf("lost %v", l)
	}
	if records, gaps := drain(t, reader); len(records) != 1 || len(gaps) > 0 {
		t.Errorf("the reader that followed got %d records and %v", len(records), gaps)
	}
}

func TestFullDiskNeverGivesUpWhatHasNotArrived(t *testing.T) {
	full := false
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir, SegmentBytes: 1 << 10, Fault: func() error {
		if full {
			return syscall.ENOSPC
		}
		return nil
	}})
	fill(t, j, 1, 200)
	full = true
	fill(t, j, 201, 201)
	if s := j.Stats(); !s.Memory {
		t.Errorf("%+v", s)
	}
	if records, _ := drain(t, j.Read(0)); len(records) != 201 {
		t.Errorf("%d records", len(records))
	}
}
