package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sidetone/journal"
	"sidetone/trace"
)

// listener is an agent that takes what is published to it.
type listener struct {
	*agent
	logged *observer.ObservedLogs

	mu    sync.Mutex
	heard []string
	state State
}

func startListener(t *testing.T, b *testBroker) *listener {
	t.Helper()
	l := &listener{state: State{Boot: 1}}
	var core zap.Option
	core, l.logged = observe()
	a := &agent{t: t, dir: t.TempDir()}
	a.journal = openJournal(t, journal.Options{Dir: a.dir})
	a.Recorder = newRecorder(t, RecorderOptions{Journal: a.journal, Boot: 1})
	hear := func(what string) func([]byte, bool) {
		return func(payload []byte, retained bool) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.heard = append(l.heard, fmt.Sprintf("%s %s %v", what, payload, retained))
		}
	}
	var err error
	if a.uplink, err = NewUplink(UplinkOptions{
		Brokers: []string{"mqtt://broker"}, Tenant: "default", Device: "phone-1", Journal: a.journal, Dial: b.dial,
		Command: hear("cmd"), Desired: hear("cfg"), Logger: zap.NewNop().WithOptions(core),
		Birth: func() State { l.mu.Lock(); defer l.mu.Unlock(); return l.state },
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.ended.Go(func() { _ = a.uplink.Run(ctx) })
	t.Cleanup(a.shutdown)
	l.agent = a
	return l
}

func observe() (zap.Option, *observer.ObservedLogs) {
	core, logs := observer.New(zap.InfoLevel)
	return zap.WrapCore(func(zapcore.Core) zapcore.Core { return core }), logs
}

func (b *testBroker) send(channel, payload string, retain bool) {
	b.t.Helper()
	b.mu.Lock()
	server := b.server
	b.mu.Unlock()
	if err := server.Publish("st/v1/default/phone-1/dn/"+channel, []byte(payload), retain, 1); err != nil {
		b.t.Fatal(err)
	}
}

func (l *listener) hears(what string, want ...string) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.heard); diff != "" {
		l.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	l.heard = nil
}

func TestCommandsAndTheDesiredConfigurationAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		b.send("cmd", "old", true)
		b.send("cfg", "wish", true)
		l := startListener(t, b)
		b.await("a birth", func() bool { return len(b.states) > 0 })
		synctest.Wait()
		l.mu.Lock()
		slices.Sort(l.heard)
		l.mu.Unlock()
		l.hears("what was retained", "cfg wish true", "cmd old true")
		b.send("cmd", "echo", false)
		l.hears("a command", "cmd echo false")
		b.send("cfg", "", true)
		l.hears("the wish is taken back", "cfg  false")
		l.shutdownNow()
	})
}

func (l *listener) shutdownNow() { l.Close(); l.stop(); l.ended.Wait() }

func TestAnswerIsSentAgainUntilTheBrokerHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		taken := false
		b.acknowledge = func(n int) bool { return n > 0 || taken }
		b.start()
		l := startListener(t, b)
		var sent []string
		answer := func(cid string) {
			l.uplink.Answer(cid, []byte("done"), func() { l.mu.Lock(); sent = append(sent, cid); l.mu.Unlock() })
		}
		answer("c1")
		b.await("an answer", func() bool { return len(b.answers) == 1 })
		b.mu.Lock()
		taken = true
		b.mu.Unlock()
		b.cut()
		answer("c2")
		b.await("both, over the next connection", func() bool { return len(b.answers) == 3 })
		synctest.Wait()
		if diff := cmp.Diff([]string{"res/c1 done", "res/c1 done", "res/c2 done"}, b.answers); diff != "" {
			t.Error(diff)
		}
		l.mu.Lock()
		if diff := cmp.Diff([]string{"c1", "c2"}, sent); diff != "" {
			t.Error(diff)
		}
		l.mu.Unlock()
		if !l.uplink.outbox.empty() || len(l.uplink.outbox.room) != 0 {
			t.Error("an answer that arrived still waits")
		}
	})
}

func TestAnswersThatWaitAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t) // which is away
		l := startListener(t, b)
		for range maxOutbox + 5 {
			l.uplink.Answer("c1", []byte("done"), nil)
		}
		if n := len(l.uplink.outbox.waiting); n != maxOutbox {
			t.Errorf("%d wait", n)
		}
		if n := l.logged.FilterMessageSnippet("too many answers").Len(); n != 5 {
			t.Errorf("said %d times", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := l.uplink.Resend(ctx, [][]byte{[]byte("{}")}); err == nil {
			t.Error("there was room for events")
		}
		b.start()
		b.await("the answers", func() bool { return len(b.answers) == maxOutbox })
	})
}

func TestEventsAreSentOnceMoreInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		l := startListener(t, b)
		b.awaitSeq(1, 1)
		var lines [][]byte
		for i := range 120 {
			e := trace.Event{Boot: 9, Seq: uint64(i + 1), At: time.Now(), Kind: trace.SIPSent, Data: trace.SIP{Raw: strings.Repeat("x", 10*i)}}
			line, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		mark := l.journal.Acknowledged()
		n, err := l.uplink.Resend(t.Context(), lines)
		if err != nil || n < 5 || n > 10 {
			t.Errorf("%d batches, %v", n, err)
		}
		b.awaitSeq(9, 120)
		b.wantAll(9, 120)
		if l.journal.Acknowledged() < mark || l.journal.Acknowledged() > l.journal.Last() {
			t.Errorf("watermark %d", l.journal.Acknowledged())
		}
	})
}

func TestPresenceIsToldAnewWhenItHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.start()
		l := startListener(t, b)
		b.await("a birth", func() bool { return len(b.states) == 1 })
		l.mu.Lock()
		l.state.Config = ConfigState{Ver: 3}
		l.mu.Unlock()
		l.uplink.StateChanged()
		b.await("another", func() bool { return len(b.states) == 2 })
		got := b.states[1]
		if got.Status != Ready || got.Conn != 1 || got.IP != b.states[0].IP || got.Config.Ver != 3 {
			t.Errorf("%+v", got)
		}
	})
}

func TestBrokerThatGivesNoCommandsIsReportedAndUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.unread = true
		b.start()
		l := startListener(t, b)
		b.awaitSeq(1, 1)
		synctest.Wait()
		if n := l.logged.FilterMessageSnippet("does not let this device read").Len(); n != 2 {
			t.Errorf("said %d times", n)
		}
	})
}
