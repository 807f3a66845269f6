package embedded

import (
	"context"
	"maps"
	"net"
	"slices"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"sidetone/collector/store"
)

// settleEvery is how often the store is offered again what it could not take, as when its disk was full.
const settleEvery = 5 * time.Second

func (h *hook) presence(cl *mqtt.Client, state string) store.Presence {
	p := store.Presence{Origin: store.Origin{Device: cl.ID, At: h.now().UTC()}, State: state}
	if state == store.StateReady {
		p.IP, _, _ = net.SplitHostPort(cl.Net.Remote)
	}
	return p
}

// present stores a presence, or keeps it until that is possible. It reports whether it was stored.
func (h *hook) present(p store.Presence) bool {
	err := h.handler.Present(context.Background(), p)
	h.mu.Lock()
	defer h.mu.Unlock()
	if newer, there := h.owed[p.Device]; there && newer.At.After(p.At) {
		return err == nil
	}
	if err == nil {
		delete(h.owed, p.Device)
		return true
	}
	h.owed[p.Device] = p
	return false
}

// forget lets no device pass as connected that has not connected to this run.
func (h *hook) forget(devices []store.Device) {
	for _, d := range devices {
		if d.State == store.StateReady {
			h.present(store.Presence{Origin: store.Origin{Device: d.ID, At: h.now().UTC()}, State: store.StateUnknown})
		}
	}
}

// settle offers the store what is owed to it, again and again, until ctx is done.
func (h *hook) settle(ctx context.Context) {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		h.mu.Lock()
		owed := slices.Collect(maps.Values(h.owed))
		h.mu.Unlock()
		for _, p := range owed {
			if ctx.Err() != nil || !h.present(p) {
				break // one that fails is enough to know
			}
			h.correct(p)
		}
	}
}

// correct tells the state once more when it changed while an older one was on its way into the store.
func (h *hook) correct(p store.Presence) {
	h.mu.Lock()
	cl, draining := h.current[p.Device], h.draining
	h.mu.Unlock()
	switch {
	case draining:
	case cl != nil && p.State != store.StateReady:
		h.present(h.presence(cl, store.StateReady))
	case cl == nil && p.State == store.StateReady:
		h.present(store.Presence{Origin: store.Origin{Device: p.Device, At: h.now().UTC()}, State: store.StateLost})
	}
}
