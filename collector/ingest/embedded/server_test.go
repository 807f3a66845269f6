package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/storetest"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store that keeps what it is given, when the test lets it.
type memory struct {
	mu      sync.Mutex
	gate    chan struct{} // closed: writes are possible
	full    error
	updates []store.Update
	known   []store.Device
}

func newMemory() *memory {
	m := &memory{gate: make(chan struct{})}
	close(m.gate)
	return m
}

func (m *memory) Write(_ context.Context, updates []store.Update) (store.Written, error) {
	m.mu.Lock()
	gate := m.gate
	m.mu.Unlock()
	<-gate
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full != nil {
		return store.Written{}, m.full
	}
	m.updates = append(m.updates, updates...)
	return store.Written{}, nil
}

func (m *memory) Devices(context.Context) ([]store.Device, error) { return m.known, nil }

// block makes writes wait until the function it returns is called.
func (m *memory) block() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gate := make(chan struct{})
	m.gate = gate
	return func() { close(gate) }
}

func (m *memory) fill(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = err
}

// states lists what was said about devices, in order.
func (m *memory) states() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, u := range m.updates {
		if p, ok := u.(store.Presence); ok {
			out = append(out, p.Device+" "+p.State)
		}
	}
	return out
}

func (m *memory) batches() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, u := range m.updates {
		if _, ok := u.(store.Batch); ok {
			n++
		}
	}
	return n
}

// broker is a running server with its handler, in a bubble.
type broker struct {
	*lines
	store   *memory
	handler *ingest.Handler
	server  *Server
	stop    func() error // ends the server, then the handler
}

func start(t *testing.T, known ...store.Device) *broker {
	t.Helper()
	return startOn(t, nil, known...)
}

// startOn starts with a store that cannot take anything for the reason given, nil for one that can.
func startOn(t *testing.T, full error, known ...store.Device) *broker {
	t.Helper()
	return startBroker(t, Options{}, full, known...)
}

// startWith starts with some options of a Server.
func startWith(t *testing.T, o Options) *broker {
	t.Helper()
	return startBroker(t, o, nil)
}

func startBroker(t *testing.T, o Options, full error, known ...store.Device) *broker {
	t.Helper()
	b := &broker{lines: newLines(), store: newMemory()}
	b.store.known, b.store.full = known, full
	b.handler = ingest.New(b.store, zap.NewNop())
	o.Listener, o.Handler, o.Known, o.Logger = b.lines, b.handler, b.store, zap.NewNop()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.server = s
	serving, stopServing := context.WithCancel(context.Background())
	handling, stopHandling := context.WithCancel(context.Background())
	ended, handled := make(chan error, 1), make(chan struct{})
	go func() { defer close(handled); b.handler.Run(handling) }()
	go func() { ended <- s.Run(serving) }()
	b.stop = sync.OnceValue(func() error {
		stopServing()
		err := <-ended
		stopHandling()
		<-handled
		return err
	})
	t.Cleanup(func() { _ = b.stop() })
	synctest.Wait()
	return b
}

func (b *broker) end(t *testing.T) {
	t.Helper()
	if err := b.stop(); err != nil {
		t.Error(err)
	}
}

func hooks(n int) []byte {
	p := storetest.NewPhone("a", 1)
	var out []byte
	for range n {
		out = append(append(out, p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}).Raw...), '\n')
	}
	return out
}

const events = "st/v1/default/a/up/ev"

func TestTheAcknowledgementFollowsTheCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		synctest.Wait()
		release := b.store.block()
		id := c.publish(events, hooks(3))
		synctest.Wait()
		select {
		case pk := <-c.got:
			t.Fatalf("before the commit came a packet of type %d", pk.FixedHeader.Type)
		default:
		}
		release()
		c.acked(id)
		if n := b.store.batches(); n != 1 {
			t.Errorf("%d batches", n)
		}
		b.end(t)
	})
}

func TestWhatCannotBeCommittedIsNotAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		synctest.Wait()
		b.store.fill(errors.New("database or disk is full"))
		c.publish(events, hooks(1))
		c.ended()
		b.store.fill(nil)

		again := b.dial(t)
		again.hello("a", will{})
		again.acked(again.publish(events, hooks(1)))
		if n := b.store.batches(); n != 1 {
			t.Errorf("%d batches", n)
		}
		if n := b.handler.Stats().Snapshot().Refused[refusedNotDurable]; n != 1 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}

func TestAClientThatIsNoDeviceIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		for id, w := range map[string]will{
			"":            {},
			"Reception":   {},
			"a/b":         {},
			"#":           {},
			"a":           {topic: "st/v1/default/b/up/state", payload: `{"s":"lost"}`},
			"b":           {topic: "st/v1/default/a/dn/cmd", payload: `{"op":"agent.restart"}`},
			"reception-1": {topic: "elsewhere", payload: "gone"},
			"c":           {topic: "st/v1/default/c/up/state"}, // without a payload: the protocol forbids it
		} {
			c := b.dial(t)
			c.connect(id, w)
			if pk, ok := c.next(); !ok || pk.FixedHeader.Type != packets.Connack || pk.ReasonCode == 0 {
				t.Errorf("%q with a will on %q was let in: %v %v", id, w.topic, pk.FixedHeader.Type, pk.ReasonCode)
			}
			c.ended()
		}
		synctest.Wait()
		refused := b.handler.Stats().Snapshot().Refused
		if diff := cmp.Diff(map[string]int{refusedIdentifier: 4, refusedWill: 3, refusedProtocol: 1}, refused); diff != "" {
			t.Error(diff)
		}
		b.end(t)
		if got := b.store.states(); got != nil {
			t.Errorf("presence %v", got)
		}
	})
}

func TestADevicePublishesInItsOwnBranchOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		for _, topic := range []string{"st/v1/default/b/up/ev", "st/v1/default/a/dn/cmd", "st/v1/default/a/ev", "elsewhere"} {
			c := b.dial(t)
			c.hello("a", will{})
			c.publish(topic, hooks(1))
			for pk := range c.got {
				if pk.FixedHeader.Type == packets.Puback {
					t.Errorf("%s was acknowledged", topic)
				}
			}
		}
		if n := b.store.batches(); n != 0 {
			t.Errorf("%d batches", n)
		}
		if n := b.handler.Stats().Snapshot().Refused[refusedPublish]; n != 4 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}

func TestADeviceSubscribesInItsOwnBranchOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		filters := map[string]bool{
			"st/v1/default/a/dn/#": true, "st/v1/default/a/dn/cmd": true,
			"#": false, "st/v1/+/a/dn/#": false, "st/v1/default/b/dn/#": false, "st/v1/default/a/up/#": false,
			"$SYS/#": false, "$share/g/st/v1/default/a/dn/#": false,
		}
		for filter, allowed := range filters {
			c.send((&packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, ProtocolVersion: 4, PacketID: 9,
				Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
			}).SubscribeEncode)
			pk, ok := c.next()
			if !ok || pk.FixedHeader.Type != packets.Suback {
				t.Fatalf("%s: no answer", filter)
			}
			if got := pk.ReasonCodes[0] < 0x80; got != allowed {
				t.Errorf("%s: granted %v", filter, got)
			}
		}
		b.end(t)
	})
}

func TestADeviceHasFewSubscriptionsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		subscribe := func(filter string) bool {
			c.send((&packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, ProtocolVersion: 4, PacketID: 9,
				Filters: packets.Subscriptions{{Filter: filter, Qos: 1}},
			}).SubscribeEncode)
			pk, ok := c.next()
			return ok && pk.FixedHeader.Type == packets.Suback && pk.ReasonCodes[0] < 0x80
		}
		for i := range maxSubscriptions {
			if !subscribe(fmt.Sprint("st/v1/default/a/dn/", i)) {
				t.Fatalf("refused number %d", i)
			}
		}
		if subscribe("st/v1/default/a/dn/more") {
			t.Error("granted one too many")
		}
		if !subscribe("st/v1/default/a/dn/0") {
			t.Error("refused one that is there already")
		}
		b.end(t)
	})
}

func TestAPacketThatIsTooLargeEndsTheConnectionBeforeItIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.send(func(w *bytes.Buffer) error { // CONNECT of 256 MiB: only its header is ever sent
			_, err := w.Write([]byte{0x10, 0xff, 0xff, 0xff, 0x7f})
			return err
		})
		c.ended()
		synctest.Wait()
		if n := b.handler.Stats().Snapshot().Refused[refusedProtocol]; n != 1 {
			t.Errorf("counted %d", n)
		}
		b.end(t)
	})
}

func TestAConnectionThatDoesNotIntroduceItselfEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		began := time.Now()
		b.dial(t).ended()
		if took := time.Since(began); took != helloWithin {
			t.Errorf("ended after %v", took)
		}
		b.end(t)
	})
}

func TestHealthComesWithoutAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		c.send((&packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish}, ProtocolVersion: 4, TopicName: "st/v1/default/a/up/health", Payload: []byte(`{"cpu":1}`),
		}).PublishEncode)
		synctest.Wait()
		b.store.mu.Lock()
		_, ok := b.store.updates[len(b.store.updates)-1].(store.Health)
		b.store.mu.Unlock()
		if !ok {
			t.Errorf("updates %v", b.store.updates)
		}
		b.end(t)
	})
}

func TestAtTheEndWhatWasPublishedIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		synctest.Wait()
		release := b.store.block()
		id := c.publish(events, hooks(1))
		synctest.Wait()
		ended := make(chan error, 1)
		go func() { ended <- b.stop() }()
		synctest.Wait()
		late := b.dial(t) // nobody is let in any more
		late.connect("b", will{})
		if pk, ok := late.next(); ok && pk.ReasonCode == 0 {
			t.Error("a device was let in at the end")
		}
		release()
		c.acked(id)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		c.ended()
		if n := b.store.batches(); n != 1 {
			t.Errorf("%d batches", n)
		}
	})
}

func TestTheEndDoesNotWaitForEverForAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		c := b.dial(t)
		c.hello("a", will{})
		synctest.Wait()
		release := b.store.block()
		c.publish(events, hooks(1))
		synctest.Wait()
		time.AfterFunc(drainWithin+time.Second, release)
		if err := b.stop(); err == nil {
			t.Error("nothing was said of the message that was not acknowledged")
		}
	})
}

func TestManyDevicesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				id := fmt.Sprintf("phone-%d", i)
				c := b.dial(t)
				c.hello(id, will{})
				for range 10 {
					c.acked(c.publish("st/v1/default/"+id+"/up/ev", hooks(2)))
				}
				c.goodbye()
			})
		}
		wg.Wait()
		synctest.Wait()
		if n := b.store.batches(); n != 500 {
			t.Errorf("%d batches", n)
		}
		if n := b.handler.Stats().Snapshot().Clients; n != 0 {
			t.Errorf("%d clients are still counted", n)
		}
		b.end(t)
	})
}
