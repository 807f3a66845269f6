package telemetry

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
