package main

import (
	"context"
	"slices"

	"go.uber.org/zap"

	"sidetone/device/link"
	"sidetone/trace"
)

// watchNetwork writes down what becomes of the network interfaces, and has the accounts register anew when the way to
// their registrars may be another. A device that cannot watch them works without.
func (a *agent) watchNetwork(ctx context.Context) error {
	w, err := link.Open()
	if err == nil {
		err = w.Run(ctx, a.networkChanged)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Warn("network interfaces are not watched", zap.Error(err))
	}
	<-ctx.Done()
	return ctx.Err()
}

func (a *agent) networkChanged(c link.Change) {
	for _, l := range c.Links {
		a.recorder.Record(trace.Event{Kind: trace.DeviceLink, Data: trace.Link{Interface: l.Name, Up: l.Up}})
	}
	if c.Addresses || slices.ContainsFunc(c.Links, func(l link.Link) bool { return l.Up }) {
		a.ua.Reconnect()
	}
}
