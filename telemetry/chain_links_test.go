package telemetry

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/ingest"
)

// pass is the broker's way to the collector. It acknowledges whatever becomes of it.
func (c *chain) pass(channel string, payload []byte) {
	payload = bytes.Clone(payload)
	if channel == ingest.ChannelState {
		c.mu.Lock()
		c.told = append(c.told, payload)
		c.mu.Unlock()
	}
	if !c.lost(channel) {
		c.deliver(channel, payload)
	}
}

func (c *chain) deliver(channel string, payload []byte) {
	c.mu.Lock()
	to := c.receiver
	c.mu.Unlock()
	if to == nil {
		return
	}
	m := ingest.Message{Topic: "st/v1/default/phone-1/up/" + channel, Payload: payload, At: time.Now()}
	if err := to.Submit(context.Background(), m, func(error) {}); err != nil && !errors.Is(err, ingest.ErrStopped) {
		c.Error(err)
	}
}

// hint is the way back.
func (c *chain) hint(_ context.Context, o ingest.Outgoing) error {
	if c.lost("hint") {
		return nil
	}
	c.broker.mu.Lock()
	server := c.broker.server
	c.broker.mu.Unlock()
	if server == nil {
		return errors.New("the broker is away")
	}
	return server.Publish(o.Topic, o.Payload, false, 1)
}

// startCollector has what the broker passes on stored from now on.
func (c *chain) startCollector() {
	h := ingest.New(c.store, zap.NewNop())
	r := ingest.NewResender(h, c.store, c.hint, zap.NewNop())
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	running.Go(func() { r.Run(ctx) })
	c.receive(h)
	c.stopCollector = sync.OnceFunc(func() {
		c.receive(nil)
		cancel()
		running.Wait()
	})
	c.Cleanup(c.stopCollector)
}

func (c *chain) receive(h *ingest.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receiver = h
}
