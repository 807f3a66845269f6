package telemetry

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/internal/mqtttest"
	"sidetone/trace"
)

// testBroker is a real MQTT broker on connections in memory, which can be taken away at any moment. What it received
// outlives that, as it does in a collector.
type testBroker struct {
	mochi.HookBase
	t testing.TB

	mu       sync.Mutex
	server   *mochi.Server
	listener *pipeListener   // nil while the broker is away
	stalled  bool            // connections opened now are never read
	busy     bool            // everybody is told that the server is unavailable
	hint     string          // sent to who subscribes to hints
	away     map[string]bool // addresses that cannot be reached
	asked    []string        // addresses that were dialled
	refuse   bool            // nobody may log in

	tap         func(channel string, payload []byte) // what devices publish on up/, and their wills on up/state; nil for nobody
	acknowledge func(n int) bool                     // of the nth message on up/ev; nil for always
	store       func(n int) bool                     // nil for always
	messages    int                                  // on up/ev
	payloads    [][]byte
	events      []trace.Event
	arrived     []time.Time // of events
	states      []State     // births and good-byes
	wills       []State
	health      []Health
	answers     []string      // topic suffix and payload
	unread      bool          // nobody may subscribe
	lines       []string      // topic suffix and payload, in the order of arrival
	change      chan struct{} // closed at every change
}

func newTestBroker(t testing.TB) *testBroker {
	b := &testBroker{t: t, change: make(chan struct{})}
	t.Cleanup(b.stop)
	return b
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start serves connections in memory, and those of other listeners.
func (b *testBroker) start(others ...net.Listener) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.server = mochi.New(&mochi.Options{InlineClient: true, Logger: quiet(), SysTopicResendInterval: 3600}) // nobody reads those
	if err := b.server.AddHook(b, nil); err != nil {
		b.t.Fatal(err)
	}
	b.listener = &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	for _, l := range append(others, b.listener) {
		if err := b.server.AddListener(mqtttest.Listener(l.Addr().String(), l, b.server)); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := b.server.Serve(); err != nil {
		b.t.Fatal(err)
	}
}

// stop ends the broker and every connection at once.
func (b *testBroker) stop() {
	b.mu.Lock()
	server, listener := b.server, b.listener
	b.server, b.listener = nil, nil
	b.mu.Unlock()
	if listener == nil {
		return
	}
	listener.cut()
	_ = server.Close()
}

// cut breaks every connection; the broker stays.
func (b *testBroker) cut() {
	b.mu.Lock()
	listener := b.listener
	b.mu.Unlock()
	if listener != nil {
		listener.cut()
	}
}

func (b *testBroker) stall(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stalled = on
}

// dial is the uplink's way to the broker.
func (b *testBroker) dial(ctx context.Context, _, address string) (net.Conn, error) {
	b.mu.Lock()
	listener, stalled, away := b.listener, b.stalled, b.away[address]
	b.asked = append(b.asked, address)
	b.mu.Unlock()
	if away {
		return nil, errors.New("no route to host")
	}
	if stalled {
		client, _ := net.Pipe()
		return client, nil
	}
	if listener == nil {
		return nil, errors.New("connection refused")
	}
	return listener.dial(ctx)
}

func (b *testBroker) ID() string { return "test" }

func (b *testBroker) Provides(hook byte) bool {
	return bytes.IndexByte([]byte{mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPublish, mochi.OnWillSent, mochi.OnConnect, mochi.OnSubscribed}, hook) >= 0
}

func (b *testBroker) OnConnectAuthenticate(cl *mochi.Client, _ packets.Packet) bool {
	if p := cl.Properties; !p.Clean || p.ProtocolVersion != 4 || p.Will.Qos != 1 || !p.Will.Retain || cl.ID != "phone-1" {
		b.t.Errorf("connect: %+v", p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.refuse
}

// OnConnect turns everybody away when that is wanted.
func (b *testBroker) OnConnect(cl *mochi.Client, _ packets.Packet) error {
	b.mu.Lock()
	server, busy := b.server, b.busy
	b.mu.Unlock()
	if !busy {
		return nil
	}
	return errors.Join(errors.New("busy"), server.SendConnack(cl, packets.ErrServerUnavailable, false, nil))
}

// OnSubscribed gives the hint to who asks for hints.
func (b *testBroker) OnSubscribed(cl *mochi.Client, pk packets.Packet, _ []byte) {
	b.mu.Lock()
	hint := b.hint
	b.mu.Unlock()
	if topic := pk.Filters[0].Filter; hint != "" && strings.HasSuffix(topic, "/dn/hint") {
		err := cl.WritePacket(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Publish}, ProtocolVersion: 4, TopicName: topic, Payload: []byte(hint),
		})
		if err != nil {
			b.t.Error(err)
		}
	}
}

func (b *testBroker) OnACLCheck(_ *mochi.Client, _ string, write bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return write || !b.unread
}

func (b *testBroker) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline { // the test's own, for the agent
		return pk, nil
	}
	_, channel, _ := strings.Cut(pk.TopicName, "/up/")
	if b.tap != nil {
		b.tap(channel, pk.Payload)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	acknowledge := true
	switch channel {
	case "ev":
		b.messages++
		if b.store == nil || b.store(b.messages) {
			b.storeBatch(pk.Payload)
		}
		acknowledge = b.acknowledge == nil || b.acknowledge(b.messages)
	case "state":
		b.states = append(b.states, decodeJSON[State](b.t, pk.Payload))
		if !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 {
			b.t.Errorf("state: %+v", pk.FixedHeader)
		}
	case "health":
		b.health = append(b.health, decodeJSON[Health](b.t, pk.Payload))
	case "res/c1", "res/c2":
		b.answers = append(b.answers, channel+" "+string(pk.Payload))
		acknowledge = b.acknowledge == nil || b.acknowledge(0)
	case "line/1", "line/2":
		b.lines = append(b.lines, channel+" "+string(decodeJSON[Line](b.t, pk.Payload).Status))
		if !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 {
			b.t.Errorf("line: %+v", pk.FixedHeader)
		}
	default:
		b.t.Errorf("topic %s", pk.TopicName)
	}
	b.changed()
	if !acknowledge {
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

func (b *testBroker) OnWillSent(_ *mochi.Client, pk packets.Packet) {
	if b.tap != nil {
		b.tap("state", pk.Payload)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wills = append(b.wills, decodeJSON[State](b.t, pk.Payload))
	b.changed()
}

func (b *testBroker) storeBatch(payload []byte) {
	b.payloads = append(b.payloads, bytes.Clone(payload))
	text := payload
	if payload[0] == 0x78 {
		var words []byte // without it, a payload that needs the dictionary is an error
		if strings.Contains(b.hint, trace.DictionaryID) {
			words = []byte(trace.Dictionary)
		}
		z, err := zlib.NewReaderDict(bytes.NewReader(payload), words)
		if err != nil {
			b.t.Error(err)
			return
		}
		if text, err = io.ReadAll(z); err != nil {
			b.t.Error(err)
		}
	}
	for line := range bytes.Lines(text) {
		e, err := trace.Decode(line)
		if err != nil {
			b.t.Errorf("%v: %s", err, line)
		}
		b.events = append(b.events, e)
		b.arrived = append(b.arrived, time.Now())
	}
}

func decodeJSON[T any](t testing.TB, payload []byte) T {
	var v T
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Errorf("%v: %s", err, payload)
	}
	return v
}

func (b *testBroker) changed() {
	close(b.change)
	b.change = make(chan struct{})
}

// await blocks until the condition holds on what has been received.
func (b *testBroker) await(what string, holds func() bool) {
	b.t.Helper()
	deadline := time.After(10 * time.Minute)
	for {
		b.mu.Lock()
		ok, change := holds(), b.change
		b.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-change:
		case <-deadline:
			b.t.Fatalf("never: %s", what)
		}
	}
}

// awaitSeq blocks until an event of the boot with that seq has been stored.
func (b *testBroker) awaitSeq(boot trace.Boot, seq uint64) {
	b.t.Helper()
	b.await("event arrives", func() bool {
		for _, e := range b.events {
			if e.Boot == boot && e.Seq == seq {
				return true
			}
		}
		return false
	})
}

// wantAll checks that, once redeliveries are taken out by (boot, seq), the events 1 to last of the boot have arrived,
// each one in its order.
func (b *testBroker) wantAll(boot trace.Boot, last uint64) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	next := uint64(1)
	for _, e := range b.events {
		switch {
		case e.Boot != boot || e.Seq < next: // of another run, or once more
		case e.Seq == next:
			next++
		default:
			b.t.Fatalf("event %d arrived before %d", e.Seq, next)
		}
	}
	if next != last+1 {
		b.t.Errorf("events up to %d arrived, want %d", next-1, last)
	}
}

// wantEvery checks that each of the events 1 to last of the boot has arrived, in whatever order.
func (b *testBroker) wantEvery(boot trace.Boot, last uint64) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := map[uint64]bool{}
	for _, e := range b.events {
		if e.Boot == boot {
			seen[e.Seq] = true
		}
	}
	for seq := uint64(1); seq <= last; seq++ {
		if !seen[seq] {
			b.t.Fatalf("event %d of %d has not arrived", seq, last)
		}
	}
}

// pipeListener accepts connections in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu   sync.Mutex
	open []net.Conn
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	l.mu.Lock()
	l.open = append(l.open, server)
	l.mu.Unlock()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *pipeListener) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}
