package telemetry

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidetone/internal/statefile"
	"sidetone/journal"
	"sidetone/trace"
)

func (b *testBroker) lastBirth() State {
	b.t.Helper()
	for _, s := range slices.Backward(b.births()) {
		if s.Birth != nil {
			return s
		}
	}
	b.t.Fatal("no birth")
	return State{}
}

func TestBirthAndHealthSayUpToWhereEventsWereAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		first, a := twoRuns(t, b)
		settled := a.last()
		b.mu.Lock()
		b.acknowledge = func(int) bool { return false }
		b.mu.Unlock()
		waiting(a, 3) // of which the broker says nothing
		b.cut()
		births := len(b.births())
		b.await("another birth", func() bool { return len(b.states) > births })
		synctest.Wait()
		if diff := cmp.Diff([]Given{{Boot: 1, Seq: first, Over: true}, {Boot: 2, Seq: settled}}, b.lastBirth().Given); diff != "" {
			t.Errorf("birth (-want +got):\n%s", diff)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if diff := cmp.Diff([]Given{{Boot: 2, Seq: settled}}, b.health[len(b.health)-1].Given); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
		b.acknowledge = nil
	})
}

func TestHealthTellsOfTheRunsWhoseBacklogHasArrivedSinceTheBirth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		dir := t.TempDir()
		known := startAgent(t, b, 1, journal.Options{Dir: dir})
		known.settled()
		known.shutdown()
		b.stop()
		cut := startAgent(t, b, 2, journal.Options{Dir: dir})
		waiting(cut, 3)
		cut.shutdown() // nothing of it has arrived
		a := startAgent(t, b, 3, journal.Options{Dir: dir})
		b.start()
		a.settled()
		<-time.After(healthEvery)
		synctest.Wait()
		one := Given{Boot: 1, Seq: known.last(), Over: true}
		if diff := cmp.Diff([]Given{one, {Boot: 2}, {Boot: 3}}, b.lastBirth().Given); diff != "" {
			t.Errorf("birth (-want +got):\n%s", diff)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		want := []Given{one, {Boot: 2, Seq: cut.last(), Over: true}, {Boot: 3, Seq: a.last()}}
		if diff := cmp.Diff(want, b.health[len(b.health)-1].Given); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
	})
}

func TestHealthTellsNowAndThenWhatABirthDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		first, a := twoRuns(t, b)
		births := len(b.births())
		b.cut()
		b.await("a birth for which the first run is over", func() bool { return len(b.states) > births })
		<-time.After(3 * givenEvery)
		synctest.Wait()
		one, two := Given{Boot: 1, Seq: first, Over: true}, Given{Boot: 2, Seq: a.last()}
		b.mu.Lock()
		defer b.mu.Unlock()
		whole := 0
		for _, h := range b.health[len(b.health)-int(2*givenEvery/healthEvery):] {
			switch {
			case cmp.Equal(h.Given, []Given{one, two}):
				whole++
			case !cmp.Equal(h.Given, []Given{two}):
				t.Errorf("told %v", h.Given)
			}
		}
		if whole != 2 {
			t.Errorf("told %d times", whole)
		}
	})
}

func TestPresenceThatIsToldAnewSaysUpToWhereEventsWereAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		var broken atomic.Bool
		first, a := twoRuns(t, b, func(o *UplinkOptions) {
			before := o.Birth
			o.Birth = func() State {
				s := before()
				if broken.Load() {
					s.Config.Ver = 1
				}
				return s
			}
		})
		broken.Store(true)
		a.uplink.StateChanged()
		b.await("another presence", func() bool { return b.states[len(b.states)-1].Config.Ver == 1 })
		if diff := cmp.Diff([]Given{{Boot: 1, Seq: first, Over: true}, {Boot: 2, Seq: a.last()}}, b.lastBirth().Given); diff != "" {
			t.Errorf("told anew (-want +got):\n%s", diff)
		}
	})
}

func TestRunsThatHaveLeftTheJournalAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		var full atomic.Bool
		o := journal.Options{Dir: t.TempDir(), MaxBytes: 64 << 10, Fault: func() error {
			if full.Load() {
				return syscall.ENOSPC
			}
			return nil
		}}
		left := startAgent(t, b, 1, o)
		left.settled()
		left.shutdown()
		full.Store(true)
		second := startAgent(t, b, 2, o) // it cannot write anything down at first
		second.settled()
		full.Store(false)
		<-time.After(time.Hour)
		second.JournalTurned()
		for range 8 {
			waiting(second, 100)
			second.settled()
		}
		second.shutdown()
		third := startAgent(t, b, 3, o)
		third.settled()
		if err := eachRecord(third.journal, func(_ uint64, line []byte) {
			if h, ok := parseHead(line); !ok || h.boot == 1 {
				t.Fatalf("still in the journal: %s", line)
			}
		}); err != nil {
			t.Fatal(err)
		}
		want := []Given{{Boot: 1, Seq: left.last(), Over: true}, {Boot: 2, Seq: second.last(), Over: true}, {Boot: 3}}
		if diff := cmp.Diff(want, b.lastBirth().Given); diff != "" {
			t.Errorf("birth (-want +got):\n%s", diff)
		}
	})
}

func TestRunsOfACardThatIsMountedLateAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		dir := filepath.Join(t.TempDir(), "card")
		var ends []uint64
		for boot := range trace.Boot(2) {
			a := startAgent(t, b, boot+1, journal.Options{Dir: dir})
			a.settled()
			a.shutdown()
			ends = append(ends, a.last())
		}
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // so that nobody makes the folder
			t.Fatal(err)
		}
		late := startAgent(t, b, 3, journal.Options{Dir: dir})
		if late.journal.Trouble() == nil || len(late.Earlier()) > 0 {
			t.Fatalf("%v, runs %v", late.journal.Trouble(), late.Earlier())
		}
		if err := errors.Join(os.Remove(dir), os.Rename(dir+".away", dir)); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		late.JournalTurned()
		want := []EndOfRun{{Boot: 1, Seq: ends[0]}, {Boot: 2, Seq: ends[1]}}
		if diff := cmp.Diff(want, late.Earlier(), cmpopts.IgnoreUnexported(EndOfRun{})); diff != "" {
			t.Errorf("the card is there (-want +got):\n%s", diff)
		}
		late.shutdown()
		next := startAgent(t, b, 4, journal.Options{Dir: dir})
		want = append(want, EndOfRun{Boot: 3, Seq: late.last()})
		if diff := cmp.Diff(want, next.Earlier(), cmpopts.IgnoreUnexported(EndOfRun{})); diff != "" {
			t.Errorf("the next run (-want +got):\n%s", diff)
		}
	})
}

func TestAFileOfRunsThatCannotBeReadIsWrittenAnew(t *testing.T) {
	o := journal.Options{Dir: t.TempDir()}
	file := filepath.Join(o.Dir, "runs.json")
	if err := os.WriteFile(file, []byte(`[{"boot":`), 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, o)
	newRecorder(t, RecorderOptions{Journal: j, Boot: 7, Runs: file}).Close()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, o)
	last := newRecorder(t, RecorderOptions{Journal: j, Boot: 8, Runs: file}).Earlier()
	var kept []EndOfRun
	if err := statefile.ReadJSON(file, &kept); err != nil || len(kept) != 1 || kept[0] != (EndOfRun{Boot: 7, Seq: last[0].Seq}) {
		t.Errorf("%v, %v", kept, err)
	}
}

func TestBirthTellsOfTheNewestRunsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		dir := t.TempDir()
		const runs = maxGiven + 4
		for boot := range trace.Boot(runs) {
			a := startAgent(t, b, boot+1, journal.Options{Dir: dir})
			a.settled()
			a.shutdown()
		}
		given := b.lastBirth().Given
		if len(given) != maxGiven || given[maxGiven-1] != (Given{Boot: runs}) || !given[maxGiven-2].Over {
			t.Errorf("%d runs: %v", len(given), given)
		}
		if !slices.IsSortedFunc(given, func(x, y Given) int { return int(x.Boot) - int(y.Boot) }) {
			t.Errorf("not in their order: %v", given)
		}
	})
}

func TestBirthTellsOfEveryRunThatWaitedForTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		dir := t.TempDir()
		const before = 2 * maxGiven
		var want []Given
		b.start()
		for boot := range trace.Boot(before) {
			a := startAgent(t, b, boot+1, journal.Options{Dir: dir})
			if boot == 0 {
				a.settled()
			}
			a.shutdown()
			b.stop() // after it has acknowledged the first run, of which it may lose the end as well
			want = append(want, Given{Boot: boot + 1, Seq: a.last(), Over: true})
		}
		a := startAgent(t, b, before+1, journal.Options{Dir: dir})
		b.start()
		a.settled()
		births := len(b.births())
		b.cut()
		b.await("another birth", func() bool { return len(b.states) > births })
		want = append(want, Given{Boot: before + 1, Seq: a.last()})
		if diff := cmp.Diff(want, b.lastBirth().Given); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestABirthOfManyRunsIsNotTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		dir := t.TempDir()
		const runs = mostGiven + 4
		for boot := range trace.Boot(runs - 1) {
			startAgent(t, b, boot+1, journal.Options{Dir: dir}).shutdown()
		}
		b.start()
		startAgent(t, b, runs, journal.Options{Dir: dir}).settled()
		if given := b.lastBirth().Given; len(given) != mostGiven || given[mostGiven-1].Boot != runs {
			t.Errorf("%d runs: %v", len(given), given)
		}
	})
}
