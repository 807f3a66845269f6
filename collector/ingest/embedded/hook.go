package embedded

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/trace"
)

// The reasons for which the front end refuses, as counted.
const (
	refusedIdentifier    = "client identifier"
	refusedWill          = "will that is not the own state"
	refusedPublish       = "publish outside the own branch"
	refusedSubscribe     = "subscribe outside the own branch"
	refusedNotDurable    = "not durable"
	refusedSubscriptions = "too many subscriptions"
	refusedConnections   = "too many connections"
	refusedDevices       = "too many devices"
	refusedAddress       = "too many connections of one address"
	refusedHandshake     = "TLS handshake"
	refusedRetained      = "retained that must not be"
	refusedNoLonger      = "credentials taken back"
	refusedProtocol      = "protocol"
	refusedPanic         = "panic"
)

// errRefused marks the end of a connection that was turned away and counted.
var errRefused = errors.New("refused")

// hook is where the broker asks. Its methods run on the goroutines of the clients.
type hook struct {
	mqtt.HookBase
	server  *mqtt.Server
	handler *ingest.Handler
	access  Access // nil lets everybody in
	now     func() time.Time

	maxDevices int

	mu       sync.Mutex
	current  map[string]*mqtt.Client   // the connection that speaks for a device
	busy     map[*mqtt.Client]struct{} // between a publish and its acknowledgement
	draining bool
	idle     chan struct{}             // closed when draining and nobody is busy
	owed     map[string]store.Presence // by device: its latest, that could not be stored yet
}

func newHook(server *mqtt.Server, o Options) *hook {
	return &hook{
		server: server, handler: o.Handler, access: o.Access, now: o.Now, maxDevices: maxDevices,
		current: map[string]*mqtt.Client{}, busy: map[*mqtt.Client]struct{}{}, idle: make(chan struct{}),
		owed: map[string]store.Presence{},
	}
}

// ID implements mqtt.Hook.
func (h *hook) ID() string { return "sidetone" }

// Provides implements mqtt.Hook.
func (h *hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablished, mqtt.OnDisconnect,
		mqtt.OnPublish, mqtt.OnPacketProcessed, mqtt.OnSubscribed, mqtt.OnWill:
		return true
	default:
		return false
	}
}

// OnConnect turns away who cannot be a device or does not prove to be the one, and a last will that the broker would
// publish unchecked.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	id := pk.Connect.ClientIdentifier // cl.ID is made up by the broker when this is empty
	p, ok := peerOf(cl)
	switch {
	case !ok || h.isDraining():
		return h.refuse(cl, packets.ErrServerShuttingDown, "") // the agent then stays away for longer
	case !ingest.ValidName(id):
		return h.refuse(cl, packets.ErrClientIdentifierNotValid, refusedIdentifier)
	}
	if err := h.admit(p, pk); err != nil {
		return h.turnAway(cl, err)
	}
	if h.isFull(id) { // behind the proof of who it is: nobody else learns how full it is, or is told to stay away
		return h.refuse(cl, packets.ErrServerUnavailable, refusedDevices)
	}
	if pk.Connect.WillFlag && !ingest.MayWill(p.grant.Tenant, id, pk.Connect.WillTopic) {
		return h.refuse(cl, packets.ErrBadUsernameOrPassword, refusedWill)
	}
	return nil
}

// refuse answers a CONNECT; MQTT 3.1.1 has few codes, and calls this last one "not authorized" (3.2.2.3).
func (h *hook) refuse(cl *mqtt.Client, code packets.Code, reason string) error {
	if reason != "" {
		h.count(cl, reason, "")
	}
	if code == packets.ErrServerShuttingDown && cl.Properties.ProtocolVersion < 5 {
		code = packets.ErrServerUnavailable
	}
	return errors.Join(errRefused, h.server.SendConnack(cl, code, false, nil))
}

// OnConnectAuthenticate lets in whom OnConnect let through.
func (h *hook) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnACLCheck keeps every device in its own branch, and the number of its subscriptions small.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	allowed, reason := ingest.MaySubscribe, refusedSubscribe
	if write {
		allowed, reason = ingest.MayPublish, refusedPublish
	}
	if p, ok := peerOf(cl); !ok || !allowed(p.grant.Tenant, cl.ID, topic) {
		h.count(cl, reason, topic)
		return false
	}
	if _, again := cl.State.Subscriptions.Get(topic); !write && !again && cl.State.Subscriptions.Len() >= maxSubscriptions {
		h.count(cl, refusedSubscriptions, topic)
		return false
	}
	return true
}

// OnSubscribed counts the filters that the broker refused by itself, because they are none, and tells who asks for hints that
// batches may be deflated with the dictionary: here nobody else reads them.
func (h *hook) OnSubscribed(cl *mqtt.Client, pk packets.Packet, codes []byte) {
	for i, f := range pk.Filters {
		if i >= len(codes) {
			return
		}
		switch granted := codes[i] < packets.ErrUnspecifiedError.Code; {
		case granted && strings.HasSuffix(f.Filter, hintChannel):
			advise(cl, f.Filter, ingest.Hint{Dictionary: trace.DictionaryID})
		case !granted && !mqtt.IsValidFilter(f.Filter, false):
			h.count(cl, refusedSubscribe, f.Filter)
		}
	}
}

// OnPublish blocks until the message is durable. Whatever error it returned, the broker would acknowledge: so the
// client is disconnected before, and the packet rejected. What is durable is not passed on: CodeSuccessIgnore.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline { // the collector's own, for a device
		return pk, nil
	}
	if pk.FixedHeader.Retain && !ingest.MayRetain(pk.TopicName) {
		h.count(cl, refusedRetained, pk.TopicName)
		cl.Stop(packets.ErrRetainNotSupported)
		return pk, packets.ErrRejectPacket
	}
	if !h.enter(cl) {
		cl.Stop(packets.ErrServerShuttingDown)
		return pk, packets.ErrRejectPacket
	}
	err := h.handler.Handle(context.Background(), ingest.Message{Topic: pk.TopicName, Payload: pk.Payload, At: h.now()})
	if err != nil {
		h.handler.Stats().Refuse(refusedNotDurable)
		cl.Stop(err)
		return pk, packets.ErrRejectPacket
	}
	return pk, packets.CodeSuccessIgnore
}

// OnPacketProcessed comes after the acknowledgement was written. A topic that is none the broker drops without a word to
// anybody; its client would wait for ever.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, _ error) {
	if pk.FixedHeader.Type != packets.Publish {
		return
	}
	if !cl.Net.Inline && !mqtt.IsValidFilter(pk.TopicName, true) {
		h.count(cl, refusedPublish, pk.TopicName)
		cl.Stop(packets.ErrTopicNameInvalid)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.busy, cl)
	h.settleLocked()
}

// OnSessionEstablished makes the connection the one that speaks for its device.
func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	h.mu.Lock()
	if h.current[cl.ID] == nil {
		h.handler.Stats().Connected(1)
	}
	h.current[cl.ID] = cl
	h.mu.Unlock()
	h.present(h.presence(cl, store.StateReady))
}

// OnWill takes the last will as what the device has to say; the broker gets nothing to retain.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	if h.speaks(cl) {
		// A will that cannot be stored is made up for by OnDisconnect, which follows.
		_ = h.handler.Handle(context.Background(), ingest.Message{Topic: will.TopicName, Payload: will.Payload, At: h.now()})
	}
	will.Retain = false
	return will, nil
}

// OnDisconnect says that the device is gone, unless it speaks through a newer connection.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, _ bool) {
	if !h.speaks(cl) {
		return
	}
	h.mu.Lock()
	delete(h.current, cl.ID)
	h.mu.Unlock()
	h.handler.Stats().Connected(-1)
	state := store.StateLost
	if errors.Is(cl.StopCause(), packets.CodeDisconnect) {
		state = store.StateDisconnected
	}
	h.present(h.presence(cl, state))
}

// speaks tells whether the connection is its device's latest. While draining nobody does: it is us who hang up.
func (h *hook) speaks(cl *mqtt.Client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current[cl.ID] == cl && !h.draining
}

func (h *hook) isDraining() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.draining
}

// isFull tells whether one more device is one too many.
func (h *hook) isFull(device string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current[device] == nil && len(h.current) >= h.maxDevices
}

// enter marks the client as busy, unless nothing is taken in any more.
func (h *hook) enter(cl *mqtt.Client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	h.busy[cl] = struct{}{}
	return true
}

func (h *hook) settleLocked() {
	if !h.draining || len(h.busy) > 0 {
		return
	}
	select {
	case <-h.idle:
	default:
		close(h.idle)
	}
}

// drain lets nothing in any more and waits until what is in has been acknowledged. It reports false when that takes
// longer than the time given.
func (h *hook) drain(within time.Duration) bool {
	h.mu.Lock()
	h.draining = true
	h.settleLocked()
	h.mu.Unlock()
	h.adviseAll()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-h.idle:
		return true
	case <-timer.C:
		return false
	}
}
