package telemetry

import (
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

// arrival gives when the nth event of a call arrived first, since the time given.
func (b *testBroker) arrival(call string, n int, since time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.events {
		if e.Call == call && e.N == n {
			return b.arrived[i].Sub(since)
		}
	}
	b.t.Errorf("event %d of %s never arrived", n, call)
	return 0
}

// waiting records calls that are over while the broker is away.
func waiting(a *agent, calls int) {
	for i := range calls {
		ring(a.Recorder, fmt.Sprint("past-", i))
		end(a.Recorder, fmt.Sprint("past-", i))
	}
}

func TestCallsThatAreUpGoBeforeABacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = 2 << 10 })
		waiting(a, 700)
		ring(a.Recorder, "up") // in the middle of the backlog, and up when the broker is back
		waiting(a, 700)
		backlog := a.last()
		b.start()
		b.await("a connection", func() bool { return len(b.states) > 0 })
		back := time.Now()
		<-time.After(time.Second)
		ring(a.Recorder, "new")
		end(a.Recorder, "up")
		a.settled()
		whole := time.Since(back)
		b.wantEvery(1, a.last())
		for call, most := range map[string]time.Duration{"up": batchAge, "new": time.Second + batchAge} {
			if took := b.arrival(call, 1, back); took > most {
				t.Errorf("%s: it arrived after %v of %v", call, took, whole)
			}
		}
		if took := b.arrival("up", 3, back); took > time.Second {
			t.Errorf("its end arrived after %v", took)
		}
		if whole < 5*time.Second {
			t.Errorf("%d events took %v only", backlog, whole)
		}
	})
}

func TestABacklogKeepsToItsRate(t *testing.T) {
	for name, c := range map[string]struct {
		rate, room  int64
		least, most time.Duration
	}{
		"limited":              {rate: 4 << 10, least: time.Second, most: time.Hour},
		"not limited":          {rate: 0, most: batchAge},
		"a journal that fills": {rate: 4 << 10, room: 64 << 10, most: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestBroker(t)
				a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp, o.Room = c.rate, c.room })
				waiting(a, 2000)
				b.start()
				b.await("a connection", func() bool { return len(b.states) > 0 })
				began := time.Now()
				a.settled()
				took := time.Since(began)
				b.wantEvery(1, a.last())
				bytes := 0
				for _, p := range b.payloads {
					bytes += len(p)
				}
				if took < c.least || took > c.most {
					t.Errorf("%d bytes took %v", bytes, took)
				}
				if pace := int64(float64(bytes) / took.Seconds()); c.room == 0 && c.rate > 0 && (pace > c.rate*3/2 || pace < c.rate/2) {
					t.Errorf("%d bytes a second, want %d", pace, c.rate)
				}
			})
		})
	}
}

func TestWhatWasSentAheadIsNotSentOverAndOverAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		waiting(a, 1500)
		b.start()
		for i := range 8 {
			b.await("a connection", func() bool { return len(b.states) > i })
			ring(a.Recorder, fmt.Sprint("call-", i))
			end(a.Recorder, fmt.Sprint("call-", i))
			<-time.After(2 * time.Second)
			b.cut()
		}
		a.settled()
		b.wantEvery(1, a.last())
		times := map[trace.Kind]int{}
		for _, e := range b.events {
			if e.Call == "call-0" {
				times[e.Kind]++
			}
		}
		if times[trace.CallEnded] != 1 {
			t.Errorf("the first call was sent %v times", times)
		}
	})
}

func TestShutdownLeavesABacklogForTheNextStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		waiting(a, 1500)
		b.start()
		b.await("a connection", func() bool { return len(b.states) > 0 })
		<-time.After(2 * time.Second)
		began := time.Now()
		a.shutdown()
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v", took)
		}
		b.awaitSeq(1, a.last())
		if e := b.events[len(b.events)-1]; e.Kind != trace.AgentStopped || a.journal.Acknowledged() >= a.journal.Last() {
			t.Errorf("last event %s", e.Kind)
		}
		if s := b.states[len(b.states)-1]; s.Status != Disconnected {
			t.Errorf("state %+v", s)
		}
	})
}

// Or else a kill would leave a hole before events that have arrived, which nothing on the flash explains.
func TestWhatOnlyMemoryHoldsArrivesInItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		dir := t.TempDir()
		earlier := startAgent(t, b, 1, journal.Options{Dir: dir})
		waiting(earlier, 700)
		earlier.shutdown()
		var flash medium
		flash.set(syscall.ENOSPC)
		a := startAgent(t, b, 2, journal.Options{Dir: dir, Fault: flash.fault}, func(o *UplinkOptions) { o.CatchUp = 1 << 10 })
		waiting(a, 700)
		b.start()
		b.await("a connection", func() bool { return len(b.states) > 0 })
		ring(a.Recorder, "new")
		b.awaitSeq(2, a.last())
		b.wantAll(2, a.last())
		flash.set(nil)
		a.settled()
		b.wantEvery(1, earlier.last())
	})
}
