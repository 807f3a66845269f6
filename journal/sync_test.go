package journal_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
)

func TestRecordsAreSyncedByAgeBySizeAndWhenTheyMustBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, journal.Options{Dir: t.TempDir()})
		wantDurable := func(want uint64, when string) {
			t.Helper()
			synctest.Wait()
			if got := j.Durable(); got != want {
				t.Errorf("%s: durable %d, want %d", when, got, want)
			}
		}
		fill(t, j, 1, 1)
		<-time.After(4 * time.Second)
		fill(t, j, 2, 2)
		wantDurable(0, "after 4 s")
		<-time.After(time.Second)
		wantDurable(2, "after 5 s")
		if _, err := j.Append(make([]byte, 63<<10), false); err != nil {
			t.Fatal(err)
		}
		wantDurable(2, "below 64 KiB")
		if _, err := j.Append(make([]byte, 1<<10), false); err != nil {
			t.Fatal(err)
		}
		wantDurable(4, "at 64 KiB")
		fill(t, j, 5, 5)
		if _, err := j.Append(payload(6), true); err != nil {
			t.Fatal(err)
		}
		wantDurable(6, "with one to keep")
	})
}

func TestManyWritersAndReadersAtOnce(t *testing.T) {
	const writers, each = 4, 500
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir, SegmentBytes: 1 << 10})
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := range each {
				if _, err := j.Append([]byte("some payload"), i%50 == 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	all.Go(func() {
		for want := uint64(1); want <= writers*each; want++ {
			rec, err := r.Next(t.Context())
			if err != nil || rec.Seq != want {
				t.Errorf("record %d %v, want %d", rec.Seq, err, want)
				return
			}
			j.Acknowledge(rec.Seq)
		}
	})
	other := reader(t, dir)
	all.Go(func() {
		var last uint64
		for last < writers*each && !t.Failed() {
			if rec, err := other.Poll(); err == nil {
				if rec.Seq != last+1 {
					t.Errorf("record %d after %d", rec.Seq, last)
					return
				}
				last = rec.Seq
			}
		}
	})
	all.Wait()
}
