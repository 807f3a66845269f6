// Package embedded is the MQTT broker inside the collector: mochi-mqtt as a front end for the protocol, and nothing
// else. A publish is handed to ingest.Handler and acknowledged only when it is durable; nothing that a device says is
// passed on to another client, kept in memory or stored by the broker. What the collector has for a device goes to that one.
//
// What the broker by itself would let through is stopped here: a publish whose handling failed is not acknowledged,
// because the client is disconnected first; packets are bounded before anybody has authenticated; a last will, which
// the broker neither checks nor hands to the publish hook, must lie in its owner's branch and is taken as presence; a
// connection has a few seconds to introduce itself.
//
// A client is the device that its client identifier names, if Access lets it: then its user name or the name in its
// certificate is the same. It may publish below up/ and subscribe below dn/ of its own branch, and have a will for its
// state. Whatever is refused is counted by reason, and remembered with who it was.
package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
)

// The limits of the front end.
const (
	maxPacket        = 256 << 10 // bytes; before authentication maxHello
	maxConnections   = 20_000
	maxDevices       = maxConnections / 20 * 19 // so that one too many can be told to come back later
	perAddress       = 1_000                    // connections, unless set
	maxPending       = 64                       // packets that wait to be written to one client; the queue is allocated with the client
	maxSubscriptions = 32                       // of one client; an agent needs three
	helloWithin      = 10 * time.Second
	sessionExpiry    = 60 * 60 // seconds; agents begin with clean sessions anyway
	drainWithin      = 10 * time.Second
)

// Options of a Server.
type Options struct {
	Listener   net.Listener // owned by the server from New on, as Secure is; one of them may be nil
	Secure     net.Listener // for TLS
	TLS        *tls.Config  // of Secure
	Handler    *ingest.Handler
	Known      Known
	Access     Access // nil lets everybody be any device
	PerAddress int    // connections of one address; 0 is 1000. This machine itself may have them all
	Logger     *zap.Logger
	Now        func() time.Time // nil is time.Now
	Retained   Retained         // nil for nothing
}

// Retained lists what devices are to find whenever they connect; the broker itself keeps nothing over a restart.
type Retained func(ctx context.Context) ([]ingest.Outgoing, error)

// Known lists the devices that were known when the collector ended the last time.
type Known interface {
	Devices(ctx context.Context) ([]store.Device, error)
}

// Server is the embedded broker.
type Server struct {
	mqtt     *mqtt.Server
	hook     *hook
	known    Known
	retained Retained
}

// New makes a server that serves once Run runs.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := mqtt.New(&mqtt.Options{
		InlineClient:           true, // for Publish
		Capabilities:           capabilities(),
		Logger:                 slog.New(slog.DiscardHandler), // it logs what clients do, packet by packet; the hook counts
		SysTopicResendInterval: 24 * 60 * 60,
	})
	if o.PerAddress == 0 {
		o.PerAddress = perAddress
	}
	logger, c := o.Logger.Named("mqtt"), newCrowd(o.PerAddress)
	s := &Server{mqtt: m, hook: newHook(m, o), known: o.Known, retained: o.Retained}
	if err := m.AddHook(s.hook, nil); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	for _, l := range []*listener{
		newListener("devices", o.Listener, nil, c, o.Handler.Stats(), logger),
		newListener("devices-tls", o.Secure, o.TLS, c, o.Handler.Stats(), logger),
	} {
		if l.inner == nil {
			continue
		}
		if err := m.AddListener(l); err != nil {
			return nil, fmt.Errorf("embedded broker: %w", err)
		}
	}
	return s, nil
}

func capabilities() *mqtt.Capabilities {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumPacketSize = maxPacket
	c.MaximumClients = maxConnections
	c.MaximumClientWritesPending = maxPending
	c.MaximumSessionExpiryInterval = sessionExpiry
	c.MaximumMessageExpiryInterval = 0 // a retained command or configuration does not go stale after a day
	c.TopicAliasMaximum = 0            // aliases are resolved only after the topic was checked
	return c
}

// Publish hands a message to the device that may read it, if that is connected, and keeps it when it is retained.
func (s *Server) Publish(_ context.Context, o ingest.Outgoing) error {
	if err := s.mqtt.Publish(o.Topic, o.Payload, o.Retain, 1); err != nil {
		return fmt.Errorf("embedded broker: publish: %w", err)
	}
	return nil
}

// Run serves until ctx is done. Then nothing new is taken in, what was published is made durable and acknowledged, and
// every connection is closed before it returns; the handler must run until then.
func (s *Server) Run(ctx context.Context) error {
	devices, err := s.known.Devices(ctx)
	if err != nil {
		return fmt.Errorf("embedded broker: %w", err)
	}
	s.hook.forget(devices)
	if s.retained != nil {
		all, err := s.retained(ctx)
		if err != nil {
			return fmt.Errorf("embedded broker: %w", err)
		}
		for _, o := range all {
			if err := s.Publish(ctx, o); err != nil {
				return err
			}
		}
	}
	if err := s.mqtt.Serve(); err != nil {
		return fmt.Errorf("embedded broker: %w", err)
	}
	var enforcing sync.WaitGroup
	enforcing.Go(func() { s.hook.enforce(ctx) })
	s.hook.settle(ctx)
	enforcing.Wait()
	drained := s.hook.drain(drainWithin)
	if err := s.mqtt.Close(); err != nil {
		return fmt.Errorf("embedded broker: %w", err)
	}
	if !drained {
		return errors.New("embedded broker: some messages were not acknowledged in time; their devices will send them again")
	}
	return nil
}
