package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"sidetone/collector/store"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a store that takes time, fills up, and refuses what is poisoned.
type disk struct {
	takes time.Duration

	mu     sync.Mutex
	full   error
	poison string     // device
	groups [][]string // devices of each write that was possible
}

func (d *disk) Write(_ context.Context, updates []store.Update) (store.Written, error) {
	<-time.After(d.takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return store.Written{}, d.full
	}
	var group []string
	var w store.Written
	for _, u := range updates {
		switch u := u.(type) {
		case store.Batch:
			if u.Device == d.poison {
				return store.Written{}, errors.New("poisoned")
			}
			group = append(group, u.Device)
			w.Stored += len(u.Lines)
		case store.Presence:
			group = append(group, u.Device)
		}
	}
	d.groups = append(d.groups, group)
	return w, nil
}

func (d *disk) fill(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = err
}

func (d *disk) written() [][]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.groups
}

// running starts a handler that the test ends with stop.
func running(t *testing.T, d *disk) (h *Handler, stop func()) {
	t.Helper()
	h = New(d, zap.NewNop())
	return h, run(t, h)
}

func run(t *testing.T, h *Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { h.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}

func events(device string, n int) Message {
	p := storetest.NewPhone(device, 1)
	var lines []store.Line
	for range n {
		lines = append(lines, p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}))
	}
	return Message{Topic: "st/v1/default/" + device + "/up/ev", Payload: payload(lines...), At: p.Now}
}

func TestHandleReturnsOnlyWhenTheMessageIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: 3 * time.Second}
		h, stop := running(t, d)
		defer stop()
		began := time.Now()
		if err := h.Handle(t.Context(), events("a", 1)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != d.takes {
			t.Errorf("took %v", took)
		}
		if diff := cmp.Diff([][]string{{"a"}}, d.written()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMessagesThatComeDuringACommitShareTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		h, stop := running(t, d)
		defer stop()
		var wg sync.WaitGroup
		handle := func(device string, n int) {
			wg.Go(func() {
				if err := h.Handle(t.Context(), events(device, n)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		for _, device := range []string{"a", "b", "c"} {
			handle(device, 1)
		}
		handle("d", groupEvents)
		handle("e", 1) // behind the bound of a group
		wg.Wait()
		if diff := cmp.Diff([][]string{{"a"}, {"b", "c", "d"}, {"e"}}, d.written()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAGroupWaitsNoLongerThanItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		h, stop := running(t, d)
		defer stop()
		for range 3 { // a slow disk is worth waiting for, but only so long
			began := time.Now()
			if err := h.Handle(t.Context(), events("a", 1)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > d.takes+groupWait {
				t.Errorf("took %v", took)
			}
		}
	})
}

func TestWhatCannotBeStoredIsNotAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		h, stop := running(t, d)
		defer stop()
		full := errors.New("database or disk is full")
		d.fill(full)
		if err := h.Handle(t.Context(), events("a", 1)); !errors.Is(err, full) {
			t.Errorf("handle: %v", err)
		}
		if !errors.Is(h.Err(), full) {
			t.Errorf("the handler is ready: %v", h.Err())
		}
		d.fill(nil)
		if err := h.Handle(t.Context(), events("a", 1)); err != nil {
			t.Error(err)
		}
		if h.Err() != nil {
			t.Errorf("the handler is not ready: %v", h.Err())
		}
		if c := h.Stats().Snapshot(); c.Failed != 1 || c.Stored != 1 || c.Messages != 2 {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestOneMessageThatCanNeverBeStoredDoesNotTakeOthersWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second, poison: "bad"}
		h, stop := running(t, d)
		defer stop()
		errs := map[string]error{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, device := range []string{"first", "a", "bad", "c"} {
			wg.Go(func() {
				err := h.Handle(t.Context(), events(device, 1))
				mu.Lock()
				defer mu.Unlock()
				errs[device] = err
			})
			synctest.Wait()
		}
		wg.Wait()
		for device, err := range errs {
			if (err != nil) != (device == "bad") {
				t.Errorf("%s: %v", device, err)
			}
		}
	})
}

func TestAtTheEndWhatWasHandedInIsStoredAndTheRestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		h, stop := running(t, d)
		var wg sync.WaitGroup
		for range 3 * queueLength { // more than the queue holds
			wg.Go(func() {
				if err := h.Handle(t.Context(), events("a", 1)); err != nil && !errors.Is(err, ErrStopped) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		stop()
		wg.Wait()
		stored := 0
		for _, g := range d.written() {
			stored += len(g)
		}
		if c := h.Stats().Snapshot(); c.Stored != stored || stored < queueLength {
			t.Errorf("%d acknowledged, %d stored", c.Stored, stored)
		}
		if err := h.Handle(t.Context(), events("a", 1)); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestBadInputIsCountedAndAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		h, stop := running(t, d)
		defer stop()
		good := events("a", 2)
		good.Payload = append([]byte("rubbish\n"), good.Payload...)
		for _, m := range []Message{
			good,
			{Topic: "st/v1/default/a/up/ev", Payload: []byte("rubbish")},
			{Topic: "st/v1/default/a/up/state", Payload: []byte(`{"s":"asleep"}`)},
			{Topic: "st/v1/default/a/up/health", Payload: []byte(`[1]`)},
			{Topic: "st/v1/default/a/up/health", Payload: []byte(`{"x":"` + strings.Repeat("x", maxHealth) + `"}`)},
			{Topic: "st/v1/default/a/up/dreams", Payload: []byte(`{}`)},
			{Topic: "st/v1/default/a/up/state"}, // a retained message is taken back
			{Topic: "somewhere/else"},
		} {
			if err := h.Handle(t.Context(), m); err != nil {
				t.Errorf("%s: %v", m.Topic, err)
			}
		}
		c := h.Stats().Snapshot()
		want := Faults{FaultLine: 2, FaultState: 1, FaultHealth: 2, FaultChannel: 1, FaultTopic: 1}
		if diff := cmp.Diff(want, c.Faults); diff != "" {
			t.Error(diff)
		}
		if c.Stored != 2 {
			t.Errorf("stored %d", c.Stored)
		}
	})
}

func TestBadInputIsLoggedOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		h := New(&disk{}, zap.New(core))
		stop := run(t, h)
		defer stop()
		for range 10 {
			for range 1000 {
				if err := h.Handle(t.Context(), Message{Topic: "junk"}); err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(time.Minute)
		if n := logs.Len(); n < 1 || n > 2 {
			t.Errorf("%d lines for a second of junk", n)
		}
	})
}

func TestPresenceAndHealthReachTheStore(t *testing.T) {
	at := storetest.Epoch
	origin := store.Origin{Tenant: "acme", Device: "a", At: at}
	for topic, c := range map[string]struct {
		payload string
		want    store.Update
	}{
		"st/v1/acme/a/up/state": {
			`{"s":"ready","boot":"9f3c21aa00000001","conn":3,"name":"Reception","model":"sim","fw":"23.05","agent":"0.1","arch":"arm","ip":"192.0.2.1","caps":["hold"]}`,
			store.Presence{
				Origin: origin, State: store.StateReady, Boot: 0x9f3c21aa00000001, Conn: 3,
				Name: "Reception", Model: "sim", Firmware: "23.05", Agent: "0.1", Arch: "arm", IP: "192.0.2.1",
			},
		},
		"st/v1/acme/a/up/health": {`{"cpu":1.5}`, store.Health{Origin: origin, Report: json.RawMessage(`{"cpu":1.5}`)}},
	} {
		updates, faults := decode(Message{Topic: topic, Payload: []byte(c.payload), At: at})
		if diff := cmp.Diff([]store.Update{c.want}, updates); diff != "" || len(faults) > 0 {
			t.Errorf("%s: %v %s", topic, faults, diff)
		}
	}
}

func TestMetricsNameEveryFault(t *testing.T) {
	s := &Stats{}
	s.received(Faults{FaultLine: 3})
	s.Refuse(`a "strange" reason`)
	s.Connected(2)
	var b strings.Builder
	if err := s.Snapshot().WriteMetrics(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`sidetone_ingest_faults_total{reason="line"} 3`, `sidetone_ingest_refused_total{reason="a \"strange\" reason"} 1`,
		"sidetone_ingest_messages_total 1", "sidetone_ingest_clients 2",
	} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}
