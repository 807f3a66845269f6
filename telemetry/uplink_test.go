package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	mqttpackets "github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"sidetone/journal"
	"sidetone/trace"
)

// agent is a recorder and an uplink on one journal.
type agent struct {
	t       testing.TB
	dir     string
	journal *journal.Journal
	*Recorder
	uplink *Uplink
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

func startAgent(t testing.TB, b *testBroker, boot trace.Boot, o journal.Options, changes ...func(*UplinkOptions)) *agent {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	a := &agent{t: t, dir: o.Dir, journal: openJournal(t, o)}
	a.Recorder = newRecorder(t, RecorderOptions{Journal: a.journal, Boot: boot, Runs: filepath.Join(o.Dir, "runs.json")})
	options := UplinkOptions{
		Brokers: []string{"mqtt://broker"}, Tenant: "default", Device: "phone-1", Journal: a.journal, Lost: a.Lost, Gone: a.Gone, Live: a.Live, Earlier: a.Earlier, Dial: b.dial,
		Birth: func() State {
			return State{Boot: boot, Model: "sim", Agent: "1.0", Birth: &Birth{Restart: a.Restart(), Kernel: "6.1.0", Lines: 2}}
		},
	}
	for _, change := range changes {
		change(&options)
	}
	up, err := NewUplink(options)
	if err != nil {
		t.Fatal(err)
	}
	a.uplink = up
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.ended.Go(func() {
		if err := up.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(a.shutdown)
	return a
}

// shutdown ends the agent as SIGTERM does.
func (a *agent) shutdown() {
	a.Close()
	a.stop()
	a.ended.Wait()
	if err := a.journal.Close(); err != nil {
		a.t.Error(err)
	}
}

// settled blocks until everything in the journal has been acknowledged.
func (a *agent) settled() {
	a.t.Helper()
	deadline := time.Now().Add(time.Hour)
	for a.journal.Acknowledged() < a.journal.Last() {
		if time.Now().After(deadline) {
			a.t.Fatalf("acknowledged %d of %d", a.journal.Acknowledged(), a.journal.Last())
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (a *agent) last() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seq
}

func TestEventsArriveInOrderBehindABirth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		b.awaitSeq(1, 1)
		for i := range 500 {
			ring(a.Recorder, fmt.Sprint("call-", i))
		}
		b.awaitSeq(1, a.last())
		b.wantAll(1, a.last())
		synctest.Wait()
		if len(b.states) != 1 || b.states[0].Status != Ready || b.states[0].Conn != 1 || b.states[0].Boot != 1 || b.states[0].Model != "sim" {
			t.Errorf("births %+v", b.states)
		}
		if len(b.events) != int(a.last()) {
			t.Errorf("%d events for %d", len(b.events), a.last())
		}
		if got := a.journal.Acknowledged(); got != a.journal.Last() {
			t.Errorf("acknowledged %d of %d", got, a.journal.Last())
		}
		deflated := 0
		for _, p := range b.payloads {
			if p[0] == 0x78 {
				deflated++
			} else if len(p) > deflateAbove || p[0] != '{' {
				t.Errorf("batch begins with %q", p[:10])
			}
		}
		if most := int(a.last())/batchEvents + 20; len(b.payloads) > most || deflated == 0 {
			t.Errorf("%d batches, %d deflated", len(b.payloads), deflated)
		}
		if s := a.uplink.Stats(); !s.Connected || s.Batches == 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestBirthTellsWhatIsAskedFirstAndAWillOnlyWhoIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		a.settled()
		b.cut()
		b.await("another connection", func() bool { return len(b.states) == 2 && len(b.wills) == 1 })
		a.shutdown()
		want := &Birth{Kernel: "6.1.0", Restart: trace.RestartFirst, Lines: 2}
		for i, s := range []State{b.states[0], b.states[1]} {
			want.Given = []Given{{Boot: 1, Seq: uint64(i)}}
			if diff := cmp.Diff(want, s.Birth); diff != "" || s.Status != Ready || s.Conn != uint64(i+1) {
				t.Errorf("%+v %s", s, diff)
			}
		}
		for _, s := range []State{b.wills[0], b.states[2]} {
			if s.Birth != nil || s.Model != "sim" || s.Status == Ready {
				t.Errorf("%+v", s)
			}
		}
		if b.states[2].Status != Disconnected || b.states[2].Conn != 2 || b.wills[0].Conn != 1 {
			t.Errorf("good-bye %+v, will %+v", b.states[2], b.wills[0])
		}
	})
}

func TestEndOfACallArrivesAtOnceAndOtherEventsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		b.awaitSeq(1, 1)
		began := time.Now()
		ring(a.Recorder, "A")
		b.awaitSeq(1, a.last())
		if took := time.Since(began); took > batchAge {
			t.Errorf("ringing took %v", took)
		}
		began = time.Now()
		end(a.Recorder, "A")
		b.awaitSeq(1, a.last())
		if took := time.Since(began); took > 0 {
			t.Errorf("the end took %v", took)
		}
	})
}

func TestBrokerThatIsAwayForAnHourCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{})
		for i := range 60 {
			ring(a.Recorder, fmt.Sprint("call-", i))
			<-time.After(time.Minute)
		}
		if s := a.uplink.Stats(); s.Connected || s.Err == nil || s.Conn < 60 {
			t.Errorf("%+v", s)
		}
		b.start()
		began := time.Now()
		b.awaitSeq(1, a.last())
		if took := time.Since(began); took > backoffMost+batchAge {
			t.Errorf("came back after %v", took)
		}
		b.wantAll(1, a.last())
		if len(b.events) != int(a.last()) {
			t.Errorf("%d events for %d", len(b.events), a.last())
		}
	})
}

func TestConnectionCutAgainAndAgainLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{SegmentBytes: 8 << 10})
		for i := range 200 {
			for range random.IntN(20) {
				ring(a.Recorder, fmt.Sprint("call-", i))
			}
			switch random.IntN(10) {
			case 0:
				b.cut()
			case 1:
				b.stop()
				<-time.After(time.Duration(random.IntN(5000)) * time.Millisecond)
				b.start()
			default:
				<-time.After(time.Duration(random.IntN(300)) * time.Millisecond)
			}
		}
		b.awaitSeq(1, a.last())
		b.wantAll(1, a.last())
	})
}

func TestBrokerThatNeverAcknowledgesIsConnectedToAnewAfter30Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		mute := true
		b.acknowledge = func(int) bool { return !mute }
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		for i := range 2000 {
			ring(a.Recorder, fmt.Sprint("call-", i))
		}
		began := time.Now()
		b.await("a full window", func() bool { return b.messages == window })
		synctest.Wait()
		if b.messages != window {
			t.Errorf("%d unacknowledged publishes", b.messages)
		}
		if got := a.journal.Acknowledged(); got != 0 {
			t.Errorf("acknowledged %d", got)
		}
		b.await("another connection", func() bool { return len(b.states) == 2 })
		if took := time.Since(began); took < stuckAfter || took > stuckAfter+backoffFirst {
			t.Errorf("connected anew after %v", took)
		}
		b.mu.Lock()
		mute = false
		b.mu.Unlock()
		a.settled()
		b.wantEvery(1, a.last())
		if b.states[1].Conn != 2 || len(b.wills) != 1 || b.wills[0].Status != Lost || b.wills[0].Conn != 1 || b.wills[0].Boot != 1 {
			t.Errorf("births %+v, wills %+v", b.states, b.wills)
		}
	})
}

func TestLostAcknowledgementsNeverMoveTheWatermarkOverAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.acknowledge = func(n int) bool { return n != 3 }
		b.store = func(n int) bool { return n != 3 }
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		for i := range 500 {
			ring(a.Recorder, fmt.Sprint("call-", i))
		}
		<-time.After(10 * time.Second)
		if got, last := a.journal.Acknowledged(), a.journal.Last(); got >= last || got > 2*batchEvents {
			t.Errorf("acknowledged %d of %d", got, last)
		}
		b.awaitSeq(1, 2*batchEvents+1)
		a.settled()
		seen := map[uint64]bool{}
		for _, e := range b.events {
			seen[e.Seq] = true
		}
		if len(seen) != int(a.last()) {
			t.Errorf("%d of %d events", len(seen), a.last())
		}
	})
}

func TestAgentKilledInTheMiddleOfACallGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.acknowledge = func(n int) bool { return n < 3 } // some of it is stored twice
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		for i := range 100 {
			ring(a.Recorder, fmt.Sprint("call-", i))
			end(a.Recorder, fmt.Sprint("call-", i))
		}
		ring(a.Recorder, "cut")
		last := a.last()
		<-time.After(time.Second)
		// What kill -9 leaves is the files as they are: the second agent runs on a copy.
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(a.dir)); err != nil {
			t.Fatal(err)
		}
		b.stop()
		a.shutdown()
		b.acknowledge = nil
		b.start()
		second := startAgent(t, b, 2, journal.Options{Dir: dir})
		second.settled()
		b.wantEvery(1, last)
		b.wantAll(2, 3)
		var cut []trace.Kind
		for _, e := range b.events {
			if e.Boot == 2 && e.Call == "cut" {
				cut = append(cut, e.Kind)
			}
		}
		if want := []trace.Kind{trace.AgentStopped, trace.CallEnded}; !slices.Equal(cut, want) {
			t.Errorf("the cut call: %v", cut)
		}
	})
}

func TestShutdownSendsTheRestAndSaysGoodBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		b.awaitSeq(1, 1)
		ring(a.Recorder, "A")
		began := time.Now()
		a.shutdown()
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v", took)
		}
		b.wantAll(1, 4)
		if e := b.events[len(b.events)-1]; e.Kind != trace.AgentStopped {
			t.Errorf("last event %s", e.Kind)
		}
		if s := b.states[len(b.states)-1]; s.Status != Disconnected || s.Conn != 1 || len(b.wills) != 0 {
			t.Errorf("state %+v, wills %v", s, b.wills)
		}
	})
}

func TestShutdownIsBoundedWhateverTheBrokerDoes(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*testBroker)
		most    time.Duration
	}{
		"away":        {func(b *testBroker) {}, 0},
		"silent":      {func(b *testBroker) { b.stall(true) }, time.Second},
		"mute":        {func(b *testBroker) { b.acknowledge = func(int) bool { return false }; b.start() }, drainFor + 3*closeTimeout},
		"gone midway": {func(b *testBroker) { b.start() }, drainFor + 3*closeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestBroker(t)
				c.prepare(b)
				a := startAgent(t, b, 1, journal.Options{})
				ring(a.Recorder, "A")
				<-time.After(500 * time.Millisecond)
				if name == "gone midway" {
					b.stop()
				}
				began := time.Now()
				a.shutdown()
				if took := time.Since(began); took > c.most {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestConnectionThatIsNeverAnsweredIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.stall(true)
		a := startAgent(t, b, 1, journal.Options{})
		<-time.After(connectTimeout + time.Second)
		if s := a.uplink.Stats(); s.Connected || s.Err == nil {
			t.Errorf("%+v", s)
		}
		b.stall(false)
		b.start()
		b.awaitSeq(1, 1)
	})
}

func TestRefusedLoginIsSaidAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.refuse = true
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		<-time.After(100 * time.Millisecond)
		if s := a.uplink.Stats(); !errors.Is(s.Err, mqttpackets.ErrorRefusedNotAuthorised) {
			t.Errorf("error %v", s.Err)
		}
		b.mu.Lock()
		b.refuse = false
		b.mu.Unlock()
		b.awaitSeq(1, 1)
	})
}

func TestDamageFoundInSendingIsRecordedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		a := startAgent(t, b, 1, journal.Options{})
		for i := range 10 {
			ring(a.Recorder, fmt.Sprint("call-", i))
		}
		segments, err := filepath.Glob(filepath.Join(a.dir, "0*"))
		if err != nil || len(segments) != 1 {
			t.Fatal(segments, err)
		}
		content, err := os.ReadFile(segments[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, seq := range []string{`"seq":7,`, `"seq":8,`} {
			content[strings.Index(string(content), seq)]++
		}
		if err := os.WriteFile(segments[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		b.start()
		gaps := map[trace.Gap]int{}
		b.await("the gap", func() bool {
			for _, e := range b.events {
				if g, ok := e.Data.(trace.Gap); ok {
					gaps[g]++
				}
			}
			return len(gaps) > 0
		})
		b.cut()
		ring(a.Recorder, "B")
		b.awaitSeq(1, a.last())
		want := map[trace.Gap]int{{From: 7, To: 8, Boot: 1, Reason: trace.GapJournalCorrupt, Count: 2}: 1}
		if !maps.Equal(gaps, want) {
			t.Errorf("gaps %v", gaps)
		}
		recorded := 0
		for _, e := range events(t, a.journal) {
			if e.Kind == trace.AgentGap {
				recorded++
			}
		}
		if recorded != 1 {
			t.Errorf("recorded %d times", recorded)
		}
	})
}

func TestHealthIsReportedAtConnectAndEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		<-time.After(2*time.Minute + time.Second)
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.health) != 3 {
			t.Fatalf("%d reports", len(b.health))
		}
		h := b.health[2]
		if h.RSS == 0 || h.Goroutines == 0 || h.Flash == 0 || h.Conn != 1 || h.Depth != 0 || h.UptimeUS.Duration() != 2*time.Minute {
			t.Errorf("%+v", h)
		}
		_ = a
	})
}

func TestRecordNeverWaitsForAStalledNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		a := startAgent(t, b, 1, journal.Options{MaxBytes: 64 << 20})
		b.awaitSeq(1, 1)
		hold := make(chan struct{})
		b.mu.Lock()
		b.acknowledge = func(int) bool { <-hold; return true }
		b.mu.Unlock()
		began := time.Now()
		for i := range 3000 {
			ring(a.Recorder, fmt.Sprint("call-", i))
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("recording took %v", took)
		}
		close(hold)
		b.awaitSeq(1, a.last())
		b.wantAll(1, a.last())
	})
}
