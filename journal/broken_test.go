package journal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// brittle is a directory whose medium fails where the tests want it.
type brittle struct {
	directory
	mu    sync.Mutex
	fails error  // of a segment's sync
	syncs func() // called in it
}

func (b *brittle) create(name string) (file, error) {
	f, err := b.directory.create(name)
	return &brittleFile{file: f, of: b}, err
}

func (b *brittle) holds(name string, f file) bool {
	if own, ok := f.(*brittleFile); ok {
		f = own.file
	}
	return b.directory.holds(name, f)
}

func (b *brittle) set(fails error, syncs func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails, b.syncs = fails, syncs
}

type brittleFile struct {
	file
	of *brittle
}

func (f *brittleFile) sync() error {
	f.of.mu.Lock()
	fails, syncs := f.of.fails, f.of.syncs
	f.of.mu.Unlock()
	if syncs != nil {
		syncs()
	}
	if fails != nil {
		return fails
	}
	return f.file.sync()
}

func startBrittle(t *testing.T, b *brittle) *Journal {
	t.Helper()
	b.path = t.TempDir()
	j, err := openStorage(b, Options{MaxBytes: 1 << 20, SegmentBytes: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func appendTo(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if seq, err := j.Append(fmt.Appendf(nil, "record %d", i), false); err != nil || seq != uint64(i) {
			t.Fatalf("record %d: %d %v", i, seq, err)
		}
	}
}

// wantOnDisk proves that another process finds exactly the records 1 to n.
func wantOnDisk(t *testing.T, dir string, n uint64) {
	t.Helper()
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for want := uint64(1); want <= n; want++ {
		if rec, err := r.Poll(); err != nil || rec.Seq != want || string(rec.Payload) != fmt.Sprint("record ", want) {
			t.Fatalf("record %d %q %v, want %d", rec.Seq, rec.Payload, err, want)
		}
	}
	if rec, err := r.Poll(); err == nil {
		t.Errorf("and record %d", rec.Seq)
	}
}

// What a sync could not write may be gone from the kernel's cache by the next one, so nothing but memory has it for sure.
func TestRecordsThatCouldNotBeSyncedAreWrittenAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &brittle{}
		j := startBrittle(t, b)
		appendTo(t, j, 1, 20)
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		appendTo(t, j, 21, 120)
		b.set(syscall.EIO, nil)
		if err := j.Sync(); err == nil {
			t.Error("synced")
		}
		if s := j.Stats(); !s.Memory || j.Durable() != 20 {
			t.Errorf("%+v, durable %d", s, j.Durable())
		}
		names, _, err := listSegments(&b.directory)
		if err != nil || len(names) < 2 {
			t.Fatal(names, err)
		}
		for _, first := range names[1:] { // the medium has none of it
			if err := b.remove(segmentName(first)); err != nil {
				t.Fatal(err)
			}
		}
		appendTo(t, j, 121, 140)
		b.set(nil, nil)
		<-time.After(5 * time.Second)
		synctest.Wait()
		if s := j.Stats(); s.Memory || j.Durable() != 140 {
			t.Errorf("%+v, durable %d", s, j.Durable())
		}
		appendTo(t, j, 141, 150)
		wantOnDisk(t, b.path, 150)
		if l := j.Losses(); len(l) > 0 {
			t.Errorf("lost %v", l)
		}
	})
}

func TestRecordsAreAppendedInOrderWhileOthersAreMovedToTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &brittle{}
		j := startBrittle(t, b)
		var full atomic.Bool
		j.fault = func() error {
			if full.Load() {
				return syscall.ENOSPC
			}
			return nil
		}
		appendTo(t, j, 1, 50)
		full.Store(true)
		appendTo(t, j, 51, 200)
		full.Store(false)
		next := 201
		b.set(nil, func() { // in the middle of every move, and without waiting for it
			if next <= 400 {
				next += 20
				appendTo(t, j, next-20, next-1)
			}
		})
		<-time.After(5 * time.Second)
		synctest.Wait()
		b.set(nil, nil)
		if s := j.Stats(); s.Memory || next != 401 {
			t.Errorf("%+v, next %d", s, next)
		}
		appendTo(t, j, next, next+10)
		wantOnDisk(t, b.path, uint64(next+10))
	})
}
