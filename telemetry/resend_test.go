package telemetry

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// forget has the broker lose what it has acknowledged.
func (b *testBroker) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events, b.arrived = nil, nil
}

// numbers gives what has arrived since, as boot/seq.
func (b *testBroker) numbers() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []string{}
	for _, e := range b.events {
		out = append(out, fmt.Sprintf("%d/%d", e.Boot, e.Seq))
	}
	return out
}

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

// ask has the receiver say what it lacks.
func (b *testBroker) ask(missing ...Missing) {
	b.t.Helper()
	payload, err := json.Marshal(Hint{Missing: missing})
	if err != nil {
		b.t.Fatal(err)
	}
	b.send("hint", string(payload), false)
}

// twoRuns leaves a run 1 behind, and gives a run 2; everything has arrived.
func twoRuns(t *testing.T, b *testBroker, changes ...func(*UplinkOptions)) (first uint64, now *agent) {
	dir := t.TempDir()
	b.start()
	earlier := startAgent(t, b, 1, journal.Options{Dir: dir})
	waiting(earlier, 3)
	earlier.shutdown()
	now = startAgent(t, b, 2, journal.Options{Dir: dir}, changes...)
	waiting(now, 3)
	now.settled()
	synctest.Wait()
	return earlier.last(), now
}

func TestWhatIsMissingAtTheOtherEndIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		first, a := twoRuns(t, b)
		acknowledged := a.journal.Acknowledged()
		b.forget()
		b.ask(Missing{Boot: 1, From: first - 1, To: first}, Missing{Boot: 2, From: 2, To: 4})
		<-time.After(time.Second)
		want := []string{fmt.Sprintf("1/%d", first-1), fmt.Sprintf("1/%d", first), "2/2", "2/3", "2/4"}
		if diff := cmp.Diff(want, b.numbers()); diff != "" {
			t.Errorf("sent again (-want +got):\n%s", diff)
		}
		if got := a.journal.Acknowledged(); got != acknowledged {
			t.Errorf("the watermark went from %d to %d", acknowledged, got)
		}
		b.forget()
		b.ask(Missing{Boot: 2, From: 1, To: 1}) // the lane is free for the next one
		<-time.After(againEvery)
		if diff := cmp.Diff([]string{"2/1"}, b.numbers()); diff != "" {
			t.Errorf("sent again, later (-want +got):\n%s", diff)
		}
		ring(a.Recorder, "new")
		a.settled()
		b.awaitSeq(2, a.last())
	})
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

func TestWhatWasNotAcknowledgedIsNotSentAgainBesidesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		waiting(a, 700)
		b.start()
		b.await("a connection", func() bool { return len(b.states) > 0 })
		<-time.After(2 * time.Second)
		b.ask(Missing{Boot: 1, From: 1, To: a.last()})
		a.settled()
		b.wantEvery(1, a.last())
		times := 0
		for _, n := range b.numbers() {
			if n == fmt.Sprintf("1/%d", a.last()) {
				times++
			}
		}
		if times != 1 {
			t.Errorf("the newest event was sent %d times", times)
		}
	})
}

func TestWhatIsOnItsWayIsNotToldAsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		dir := t.TempDir()
		earlier := startAgent(t, b, 1, journal.Options{Dir: dir})
		waiting(earlier, 300)
		earlier.shutdown()
		a := startAgent(t, b, 2, journal.Options{Dir: dir}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		waiting(a, 300)
		b.start()
		b.await("a connection", func() bool { return len(b.states) > 0 })
		<-time.After(2 * time.Second)
		b.ask(Missing{Boot: 1, From: 1, To: earlier.last()}, Missing{Boot: 2, From: 1, To: a.last()})
		last := a.last()
		<-time.After(2 * time.Second)
		if now := a.last(); now != last {
			t.Errorf("%d events were recorded", now-last)
		}
		a.settled()
		b.wantEvery(1, earlier.last())
		b.wantEvery(2, last)
	})
}

func TestWhoAsksCannotHaveTheFlashWrittenOverAndOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		a.settled()
		last := a.last()
		for boot := range trace.Boot(100) {
			var many []Missing
			for n := range uint64(2 * maxMissing) {
				many = append(many, Missing{Boot: 100 + boot, From: 2 * n, To: 2 * n})
			}
			b.ask(many...)
			<-time.After(againEvery)
		}
		if wrote := a.last() - last; wrote != maxGone {
			t.Errorf("%d events were recorded", wrote)
		}
	})
}

func TestWhatIsSentAgainKeepsToTheRateAndHoldsNoCallUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		const rate = 2 << 10
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = rate })
		b.awaitSeq(1, 1)
		waiting(a, 700)
		a.settled()
		b.forget()
		b.payloads = nil
		last := a.last()
		began := time.Now()
		b.ask(Missing{Boot: 1, From: 1, To: last})
		<-time.After(time.Second)
		ring(a.Recorder, "new")
		b.awaitSeq(1, a.last())
		if took := time.Since(began); took > time.Second+batchAge {
			t.Errorf("a new call arrived after %v", took)
		}
		b.awaitSeq(1, last)
		b.wantEvery(1, a.last())
		bytes := 0
		for _, p := range b.received() {
			bytes += len(p)
		}
		if took := time.Since(began); took < time.Duration(bytes/2)*time.Second/rate {
			t.Errorf("%d bytes took %v", bytes, took)
		}
	})
}

func TestALostConnectionEndsWhatIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		b.awaitSeq(1, 1)
		waiting(a, 700)
		a.settled()
		b.forget()
		b.ask(Missing{Boot: 1, From: 1, To: a.last()})
		<-time.After(2 * time.Second)
		births := len(b.births())
		b.cut()
		b.await("another birth", func() bool { return len(b.states) > births })
		some := len(b.numbers())
		<-time.After(time.Minute)
		if now := len(b.numbers()); some == 0 || now > some+batchEvents {
			t.Errorf("%d events before, %d after", some, now)
		}
		b.ask(Missing{Boot: 1, From: 1, To: a.last()})
		b.awaitSeq(1, a.last())
		b.wantEvery(1, a.last())
	})
}

func TestWhatIsNowhereAnyMoreIsToldAsLostOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{MaxBytes: 64 << 10})
		b.awaitSeq(1, 1)
		waiting(a, 400) // more than the journal has room for
		a.settled()
		synctest.Wait()
		b.forget()
		for range 2 {
			b.ask(Missing{Boot: 1, From: 0, To: 40}, Missing{Boot: 7, From: 2, To: 4})
			<-time.After(againEvery)
		}
		b.mu.Lock()
		var told []trace.Gap
		for _, e := range b.events {
			if g, ok := e.Data.(trace.Gap); ok {
				told = append(told, g)
			}
		}
		b.mu.Unlock()
		if diff := cmp.Diff([]trace.Gap{
			{From: 1, To: 40, Boot: 1, Reason: trace.GapGone, Count: 40}, {From: 2, To: 4, Boot: 7, Reason: trace.GapGone, Count: 3},
		}, told); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// toldLost gives the reports of losses that have arrived.
func (b *testBroker) toldLost() (told []trace.Gap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if g, ok := e.Data.(trace.Gap); ok {
			told = append(told, g)
		}
	}
	return told
}

func TestWhatTheJournalDroppedIsNotToldAsLostByTheBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{MaxBytes: 256 << 10}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		for a.journal.Stats().Dropped == 0 {
			waiting(a, 10)
		}
		waiting(a, 500) // the report is at the end of a long backlog
		b.start()
		b.await("some of the backlog", func() bool { return len(b.events) > 100 })
		b.ask(Missing{Boot: 1, From: 1, To: 100})
		<-time.After(againEvery)
		a.settled()
		synctest.Wait()
		for _, g := range b.toldLost() {
			if g.Reason != trace.GapJournalFull {
				t.Errorf("told %+v", g)
			}
		}
	})
}

func TestWhatADiskMayHaveThatCannotBeReadNowIsNotToldAsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		var broken atomic.Bool
		a := startAgent(t, b, 2, journal.Options{MaxBytes: 1 << 20, Fault: func() error {
			if broken.Load() {
				return errors.New("no disk")
			}
			return nil
		}})
		a.settled()
		broken.Store(true)
		ring(a.Recorder, "new")
		b.ask(Missing{Boot: 1, From: 1, To: 9})
		<-time.After(againEvery)
		if told := b.toldLost(); a.journal.Trouble() == nil || told != nil {
			t.Errorf("told %v", told)
		}
		broken.Store(false)
		<-time.After(time.Hour)
		b.ask(Missing{Boot: 1, From: 1, To: 9})
		<-time.After(againEvery)
		if diff := cmp.Diff([]trace.Gap{{From: 1, To: 9, Boot: 1, Reason: trace.GapGone, Count: 9}}, b.toldLost()); diff != "" {
			t.Errorf("the disk is back (-want +got):\n%s", diff)
		}
	})
}

func TestNumbersThatNoEventHasAreNotToldAsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		a.settled()
		last := a.last()
		b.ask(Missing{Boot: 1, From: last + 1, To: last + 100}, Missing{Boot: 1, From: last, To: 1}, Missing{Boot: 1, From: last + 1, To: math.MaxUint64},
			Missing{Boot: 7, From: 1, To: math.MaxUint64}, Missing{Boot: 7, From: math.MaxUint64, To: 0})
		<-time.After(againEvery)
		if told := b.toldLost(); told != nil {
			t.Errorf("told %v", told)
		}
	})
}

func TestWhoAsksInATightLoopHasTheJournalReadNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		a.settled()
		b.forget()
		for range 600 {
			b.ask(Missing{Boot: 1, From: 1, To: 1})
			<-time.After(100 * time.Millisecond)
		}
		if times := len(b.numbers()); times == 0 || times > int(time.Minute/againEvery)+1 {
			t.Errorf("sent again %d times in a minute", times)
		}
	})
}
