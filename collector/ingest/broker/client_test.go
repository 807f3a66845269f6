package broker

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store that keeps sequence numbers and states, unless it is full.
type memory struct {
	mu     sync.Mutex
	full   error
	seqs   []uint64
	states []string
}

func (m *memory) Write(_ context.Context, updates []store.Update) (store.Written, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full != nil {
		return store.Written{}, m.full
	}
	for _, u := range updates {
		switch u := u.(type) {
		case store.Batch:
			for _, l := range u.Lines {
				m.seqs = append(m.seqs, l.Event.Seq)
			}
		case store.Presence:
			m.states = append(m.states, u.Device+" "+u.State)
		}
	}
	return store.Written{}, nil
}

func (m *memory) fill(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = err
}

func (m *memory) seen() []uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]uint64(nil), m.seqs...)
}

// anybody lets everybody do everything.
type anybody struct{ mqtt.HookBase }

func (*anybody) ID() string { return "anybody" }

func (*anybody) Provides(b byte) bool { return b == mqtt.OnConnectAuthenticate || b == mqtt.OnACLCheck }

func (*anybody) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

func (*anybody) OnACLCheck(*mqtt.Client, string, bool) bool { return true }

// world is a foreign broker with a collector that reads from it, in a bubble.
type world struct {
	t       *testing.T
	broker  *mqtt.Server
	store   *memory
	group   string
	phone   *storetest.Phone
	stop    func()
	clients sync.WaitGroup

	mu     sync.Mutex
	refuse error // of new connections
	conns  []net.Conn
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: &memory{}, phone: storetest.NewPhone("a", 1)}
	w.broker = mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := w.broker.AddHook(new(anybody), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.broker.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.broker.Close(); err != nil {
			t.Error(err)
		}
		w.clients.Wait()
	})
	return w
}

func (w *world) dial() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return nil, w.refuse
	}
	near, far := net.Pipe()
	w.conns = append(w.conns, near)
	w.clients.Go(func() {
		_ = w.broker.EstablishConnection("world", far) // it ends with the connection
	})
	return near, nil
}

// cut ends all connections and lets new ones fail like this, if at all.
func (w *world) cut(refuse error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = refuse
	for _, c := range w.conns {
		_ = c.Close()
	}
}

// collect starts the collector.
func (w *world) collect() {
	handler := ingest.New(w.store, zap.NewNop())
	client := New(Options{URL: "mqtt://broker.example:1883", ClientID: "collector-1", Group: w.group, Dial: w.dial, Handler: handler, Logger: zap.NewNop()})
	reading, stopReading := context.WithCancel(context.Background())
	handling, stopHandling := context.WithCancel(context.Background())
	var handles, reads sync.WaitGroup
	handles.Go(func() { handler.Run(handling) })
	reads.Go(func() { client.Run(reading) })
	w.stop = sync.OnceFunc(func() {
		stopReading()
		reads.Wait()
		stopHandling()
		handles.Wait()
	})
	w.t.Cleanup(w.stop)
	settle()
}

// settle lets everything happen that needs no more than some time.
func settle() {
	<-time.After(2 * longestPause)
	synctest.Wait()
}

func (w *world) publish(n int) {
	w.t.Helper()
	for range n {
		line := w.phone.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})
		if err := w.broker.Publish("st/v1/default/a/up/ev", line.Raw, false, 1); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) expect(what string, want ...uint64) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.store.seen()); diff != "" {
		w.t.Errorf("%s: %s", what, diff)
	}
}

func TestWhatDevicesPublishIsStoredInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.collect()
		w.publish(5)
		settle()
		w.expect("events", 1, 2, 3, 4, 5)
		w.stop()
	})
}

func TestWhatDevicesPublishIsStoredInOrderByAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.group = "north"
		w.collect()
		w.publish(5)
		settle()
		w.expect("events", 1, 2, 3, 4, 5)
		w.stop()
	})
}

// subscriptions are those of the collector's session at the broker.
func (w *world) subscriptions() []string {
	cl, ok := w.broker.Clients.Get("collector-1")
	if !ok {
		w.t.Fatal("the collector has no session")
	}
	var out []string
	for filter := range cl.State.Subscriptions.GetAll() {
		out = append(out, filter)
	}
	slices.Sort(out)
	return out
}

func TestACollectorAloneDoesNotShareWhatABrokerMayForgetToShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.collect()
		if diff := cmp.Diff([]string{"st/v1/+/+/up/#"}, w.subscriptions()); diff != "" {
			t.Errorf("alone: %s", diff)
		}
		w.stop()
		w.group = "north"
		w.collect()
		if diff := cmp.Diff([]string{"$share/north/st/v1/+/+/up/#", "st/v1/+/+/up/state"}, w.subscriptions()); diff != "" {
			t.Errorf("in a group, with the session of before: %s", diff)
		}
		w.stop()
	})
}

func TestARetainedPresenceIsHeardOfAtTheStart(t *testing.T) {
	for _, group := range []string{"", "north"} {
		testRetainedPresence(t, group)
	}
}

func testRetainedPresence(t *testing.T, group string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.group = group
		if err := w.broker.Publish("st/v1/default/a/up/state", []byte(`{"s":"ready","boot":"0000000000000001","conn":1}`), true, 1); err != nil {
			t.Fatal(err)
		}
		w.collect()
		if diff := cmp.Diff([]string{"a ready"}, w.store.states); diff != "" {
			t.Error(diff)
		}
		w.stop()
	})
}

func TestWhatCouldNotBeStoredIsDeliveredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.collect()
		w.publish(2)
		settle()
		w.store.fill(errors.New("database or disk is full"))
		w.publish(2)
		settle()
		w.expect("while the disk is full", 1, 2)
		w.store.fill(nil)
		settle()
		got := w.store.seen()
		for _, seq := range []uint64{3, 4} {
			if !slices.Contains(got, seq) {
				t.Errorf("event %d is lost: %v", seq, got)
			}
		}
		w.stop()
	})
}

func TestWhatIsPublishedDuringAnOutageComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.collect()
		w.publish(1)
		settle()
		w.cut(errors.New("no route"))
		synctest.Wait()
		w.publish(3)
		settle()
		w.expect("during the outage", 1)
		w.cut(nil)
		settle()
		// This broker resends in any order; the store does not mind.
		if diff := cmp.Diff([]uint64{1, 2, 3, 4}, slices.Sorted(slices.Values(w.store.seen()))); diff != "" {
			t.Error(diff)
		}
		w.stop()
	})
}
