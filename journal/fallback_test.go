package journal_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
)

// medium is a disk on which something can go wrong, or right again, while the syncer looks.
type medium struct {
	mu    sync.Mutex
	err   error
	tries int // while it fails
}

func (m *medium) set(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.tries = err, 0
}

// fault is for journal.Options.
func (m *medium) fault() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		m.tries++
	}
	return m.err
}

// wait lets fake time pass, and what is due then happen.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func turned(j *journal.Journal) bool {
	select {
	case <-j.Turned():
		return true
	default:
		return false
	}
}

func TestDiskThatTakesNothingIsReplacedByMemoryUntilItDoes(t *testing.T) {
	for name, fault := range map[string]error{"full": syscall.ENOSPC, "read-only": syscall.EROFS, "broken": syscall.EIO} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var trouble medium
				dir := t.TempDir()
				j := open(t, journal.Options{Dir: dir, SegmentBytes: 1 << 10, Fault: trouble.fault})
				uplink := j.Read(0)
				defer func() { _ = uplink.Close() }()
				fill(t, j, 1, 100)
				if turned(j) || j.Stats().Memory {
					t.Error("in memory without trouble")
				}
				trouble.set(fault)
				fill(t, j, 101, 300)
				if s := j.Stats(); !s.Memory || !errors.Is(s.Trouble, fault) || !turned(j) {
					t.Errorf("%+v", s)
				}
				if err := j.Sync(); !errors.Is(err, fault) || j.Durable() > 100 {
					t.Errorf("%v, durable %d", err, j.Durable())
				}
				records, gaps := drain(t, uplink)
				wantRecords(t, records, 1, 300)
				if records, _ := drain(t, reader(t, dir)); len(records) != 100 {
					t.Errorf("%d records on the disk", len(records))
				}
				trouble.set(nil)
				wait(5 * time.Second)
				if s := j.Stats(); s.Memory || s.Trouble != nil || !turned(j) || s.WriteFailures > 0 {
					t.Errorf("%+v", s)
				}
				if j.Durable() != 300 {
					t.Errorf("durable %d", j.Durable())
				}
				fill(t, j, 301, 400)
				more, moreGaps := drain(t, uplink)
				wantRecords(t, more, 301, 400)
				records, diskGaps := drain(t, reader(t, dir))
				wantRecords(t, records, 1, 400)
				if n := len(gaps) + len(moreGaps) + len(diskGaps) + len(j.Losses()); n > 0 {
					t.Errorf("%d gaps", n)
				}
			})
		})
	}
}

func TestDirectoryThatIsMissingAtTheStartIsTakenWhenItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flash := filepath.Join(t.TempDir(), "flash")
		dir := filepath.Join(flash, "journal")
		earlier := open(t, journal.Options{Dir: dir})
		fill(t, earlier, 1, 10)
		earlier.Acknowledge(3)
		if err := earlier.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(flash, flash+".unplugged"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(flash, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, journal.Options{Dir: dir})
		if s := j.Stats(); !s.Memory || s.Trouble == nil {
			t.Fatalf("%+v", s)
		}
		uplink := j.Read(j.Acknowledged() + 1)
		defer func() { _ = uplink.Close() }()
		var old uint64
		for i := 11; i <= 20; i++ {
			var err error
			if old, err = j.Append(payload(i), false); err != nil {
				t.Fatal(err)
			}
		}
		if records, gaps := drain(t, uplink); len(records) != 10 || len(gaps) > 0 {
			t.Fatalf("%d records, gaps %v", len(records), gaps)
		}
		j.Acknowledge(old - 5)
		if d := j.Stats().Depth; d != 5 {
			t.Errorf("depth %d", d)
		}
		if err := errors.Join(os.Remove(flash), os.Rename(flash+".unplugged", flash)); err != nil {
			t.Fatal(err)
		}
		wait(5 * time.Second)
		if s := j.Stats(); s.Memory || s.Depth != 17 {
			t.Fatalf("%+v", s)
		}
		j.Acknowledge(old) // of before: it stands for another record by now
		if got := j.Acknowledged(); got != 3 {
			t.Errorf("acknowledged %d", got)
		}
		fill(t, j, 21, 25)
		records, gaps := drain(t, uplink)
		wantRecords(t, records, 4, 25)
		if len(gaps) > 0 {
			t.Errorf("gaps %v", gaps)
		}
		j.Acknowledge(25)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, journal.Options{Dir: dir})
		if got := again.Acknowledged(); got != 25 {
			t.Errorf("acknowledged after restart %d", got)
		}
		records, gaps = drain(t, reader(t, dir))
		wantRecords(t, records, 1, 25)
		if len(gaps) > 0 {
			t.Errorf("gaps %v", gaps)
		}
	})
}

func TestMemoryInPlaceOfADiskIsBoundedAndWhatItDropsIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble medium
		dir := t.TempDir()
		j := open(t, journal.Options{Dir: dir, MaxBytes: 32 << 10, SegmentBytes: 1 << 10, Fault: trouble.fault})
		uplink := j.Read(0)
		defer func() { _ = uplink.Close() }()
		fill(t, j, 1, 100)
		trouble.set(syscall.EROFS)
		fill(t, j, 101, 3000)
		losses := j.Losses()
		next := uint64(101)
		for _, g := range losses {
			if g.From != next || g.Reason != journal.Unwritable || string(g.First) != string(payload(int(g.From))) || string(g.Last) != string(payload(int(g.To))) {
				t.Fatalf("gap %+v, want from %d", g, next)
			}
			next = g.To + 1
		}
		kept := 3000 - int(next) + 1
		if kept < 500 || kept > 1000 {
			t.Errorf("%d records are kept in 32 KiB", kept)
		}
		if s := j.Stats(); s.WriteFailures != next-101 || s.Depth != uint64(100+kept) {
			t.Errorf("%+v", s)
		}
		records, gaps := drain(t, uplink)
		wantRecords(t, records[:100], 1, 100)
		wantRecords(t, records[100:], int(next), 3000)
		// The owner knows it from Losses.
		if len(gaps) != 1 || gaps[0].From != 101 || gaps[0].To != next-1 || gaps[0].Reason != journal.Dropped {
			t.Errorf("gaps %+v", gaps)
		}
		trouble.set(nil)
		wait(5 * time.Second)
		if j.Stats().Memory {
			t.Error("still in memory")
		}
		records, gaps = drain(t, reader(t, dir))
		if first := int(records[0].Seq); len(records) != 3000-first+1-int(gaps[0].Count()) || len(gaps) != 1 {
			t.Errorf("%d records from %d, gaps %+v", len(records), first, gaps)
		}
		if s := j.Stats(); s.Bytes > 32<<10 {
			t.Errorf("%d bytes on the disk", s.Bytes)
		}
	})
}

func TestDirectoryThatIsRemovedAndCannotBeMadeAgainIsReplacedByMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flash := filepath.Join(t.TempDir(), "flash")
		dir := filepath.Join(flash, "journal")
		j := open(t, journal.Options{Dir: dir})
		uplink := j.Read(0)
		defer func() { _ = uplink.Close() }()
		fill(t, j, 1, 10)
		if err := errors.Join(os.RemoveAll(flash), os.WriteFile(flash, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		wait(5 * time.Second) // until the sync notices
		fill(t, j, 11, 20)
		if s := j.Stats(); !s.Memory || s.Trouble == nil {
			t.Errorf("%+v", s)
		}
		records, gaps := drain(t, uplink)
		wantRecords(t, records, 1, 20)
		if err := os.Remove(flash); err != nil {
			t.Fatal(err)
		}
		wait(5 * time.Second)
		if s := j.Stats(); s.Memory {
			t.Errorf("%+v", s)
		}
		fill(t, j, 21, 30)
		more, moreGaps := drain(t, uplink)
		wantRecords(t, more, 21, 30)
		records, diskGaps := drain(t, reader(t, dir))
		wantRecords(t, records, 1, 30)
		if n := len(gaps) + len(moreGaps) + len(diskGaps) + len(j.Losses()); n > 0 {
			t.Errorf("%d gaps", n)
		}
	})
}

func TestDiskThatFailsAgainAndAgainIsTriedEverLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble medium
		j := open(t, journal.Options{Dir: t.TempDir(), Fault: trouble.fault})
		for round, patience := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
			trouble.set(syscall.EIO)
			fill(t, j, round+1, round+1)
			wait(patience - time.Second)
			if trouble.tries != 1 {
				t.Errorf("round %d: %d tries before %v", round, trouble.tries, patience)
			}
			trouble.set(nil)
			wait(time.Second)
			if j.Stats().Memory {
				t.Errorf("round %d: still in memory after %v", round, patience)
			}
		}
		wait(time.Hour)
		trouble.set(syscall.EIO)
		fill(t, j, 4, 4)
		trouble.set(nil)
		wait(5 * time.Second)
		if j.Stats().Memory {
			t.Error("what failed an hour ago still counts")
		}
	})
}

func TestClosingTriesTheDiskALastTime(t *testing.T) {
	var trouble medium
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir, Fault: trouble.fault})
	trouble.set(syscall.ENOSPC)
	fill(t, j, 1, 10)
	trouble.set(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	records, _ := drain(t, reader(t, dir))
	wantRecords(t, records, 1, 10)
}

func TestSegmentThatCannotBeOpenedCostsItselfOnly(t *testing.T) {
	dir := t.TempDir()
	j := open(t, journal.Options{Dir: dir, SegmentBytes: 1 << 10})
	fill(t, j, 1, 200)
	segments := segmentFiles(t, dir)
	second := filepath.Base(segments[1])
	if err := errors.Join(os.Remove(segments[1]), os.Symlink(second, segments[1])); err != nil { // ELOOP
		t.Fatal(err)
	}
	_, gaps := drain(t, reader(t, dir))
	if len(gaps) != 1 || gaps[0].Reason != journal.Corrupt || !strings.HasPrefix(second, strings.Repeat("0", 17)) {
		t.Errorf("gaps %+v", gaps)
	}
}

// The segment that a reader has just entered is begun anew elsewhere when its first write fails.
func TestReaderOfASegmentThatIsBegunAnewInMemoryFollowsIt(t *testing.T) {
	for name, fault := range map[string]error{"full": syscall.ENOSPC, "broken": syscall.EIO} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uplink *journal.Reader
				var trouble medium
				var asked atomic.Int32
				j := open(t, journal.Options{Dir: t.TempDir(), Fault: func() error {
					if asked.Add(1) == 2 { // the segment is there, its first record is not
						if _, err := uplink.Poll(); !errors.Is(err, io.EOF) {
							t.Error(err)
						}
						trouble.set(fault)
					}
					return trouble.fault()
				}})
				uplink = j.Read(1)
				defer func() { _ = uplink.Close() }()
				fill(t, j, 1, 20)
				records, gaps := drain(t, uplink)
				wantRecords(t, records, 1, 20)
				trouble.set(nil)
				wait(5 * time.Second)
				fill(t, j, 21, 30)
				records, more := drain(t, uplink)
				wantRecords(t, records, 21, 30)
				if n := len(gaps) + len(more) + len(j.Losses()); n > 0 {
					t.Errorf("%d gaps", n)
				}
			})
		})
	}
}
