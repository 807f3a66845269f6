package embedded

import (
	"context"
	"errors"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
)

// The reasons for which the front end refuses, as counted.
const (
	refusedIdentifier    = "client identifier"
	refusedWill          = "will of another branch"
	refusedPublish       = "publish outside the own branch"
	refusedSubscribe     = "subscribe outside the own branch"
	refusedNotDurable    = "not durable"
	refusedSubscriptions = "too many subscriptions"
	refusedConnections   = "too many connections"
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
	now     func() time.Time

	mu       sync.Mutex
	current  map[string]*mqtt.Client   // the connection that speaks for a device
	busy     map[*mqtt.Client]struct{} // between a publish and its acknowledgement
	draining bool
	idle     chan struct{}             // closed when draining and nobody is busy
	owed     map[string]store.Presence // by device: its latest, that could not be stored yet
}

func newHook(server *mqtt.Server, o Options) *hook {
	return &hook{
		server: server, handler: o.Handler, now: o.Now,
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
		mqtt.OnPublish, mqtt.OnPacketProcessed, mqtt.OnWill:
		return true
	default:
		return false
	}
}

// OnConnect turns away who cannot be a device, and a last will that the broker would publish unchecked.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	switch {
	case h.isDraining():
		return h.refuse(cl, packets.ErrServerShuttingDown, "")
	case !ingest.ValidName(pk.Connect.ClientIdentifier): // cl.ID is made up by the broker when this is empty
		return h.refuse(cl, packets.ErrClientIdentifierNotValid, refusedIdentifier)
	case pk.Connect.WillFlag && !ingest.MayPublish(pk.Connect.ClientIdentifier, pk.Connect.WillTopic):
		return h.refuse(cl, packets.ErrNotAuthorized, refusedWill)
	}
	return nil
}

func (h *hook) refuse(cl *mqtt.Client, code packets.Code, reason string) error {
	if reason != "" {
		h.handler.Stats().Refuse(reason)
	}
	return errors.Join(errRefused, h.server.SendConnack(cl, code, false, nil))
}

// OnConnectAuthenticate lets in whom OnConnect let through: a device is who its client identifier says.
func (h *hook) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnACLCheck keeps every device in its own branch, and the number of its subscriptions small.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	allowed, reason := ingest.MaySubscribe, refusedSubscribe
	if write {
		allowed, reason = ingest.MayPublish, refusedPublish
	}
	if !allowed(cl.ID, topic) {
		h.handler.Stats().Refuse(reason)
		return false
	}
	if _, again := cl.State.Subscriptions.Get(topic); !write && !again && cl.State.Subscriptions.Len() >= maxSubscriptions {
		h.handler.Stats().Refuse(refusedSubscriptions)
		return false
	}
	return true
}

// OnPublish blocks until the message is durable. Whatever error it returned, the broker would acknowledge: so the
// client is disconnected before, and the packet rejected. What is durable is not passed on: CodeSuccessIgnore.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline { // the collector's own, for a device
		return pk, nil
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

// OnPacketProcessed comes after the acknowledgement was written.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, _ error) {
	if pk.FixedHeader.Type != packets.Publish {
		return
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
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-h.idle:
		return true
	case <-timer.C:
		return false
	}
}
