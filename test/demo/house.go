package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sidetone/test/fleet"
)

// house is everything the demo runs: a collector and three phones.
type house struct {
	dir       string
	collector *fleet.Collector
	reception *phone
	warehouse *phone
	office    *phone
	deadEnd   string // an address where nobody listens
}

// phone is one person at one phone.
type phone struct{ *fleet.Agent }

// openHouse starts everything in a temporary folder.
func openHouse(ctx context.Context, bin, examples string) (_ *house, err error) {
	h := &house{}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if bin, err = filepath.Abs(bin); err != nil {
		return h, err
	}
	if h.dir, err = os.MkdirTemp("", "sidetone-demo-"); err != nil {
		return h, err
	}
	http, err := fleet.FreeTCP(8080)
	if err != nil {
		return h, err
	}
	mqtt, err := fleet.FreeTCP(1883)
	if err != nil {
		return h, err
	}
	if h.collector, err = fleet.StartCollector(ctx, h.dir, filepath.Join(bin, "sidetone-collector"), http, mqtt); err != nil {
		return h, err
	}
	// Warehouse first: Reception's numbers go there.
	if h.warehouse, err = h.move(ctx, bin, examples, "warehouse", ""); err != nil {
		return h, err
	}
	proxy := fmt.Sprintf("sip:127.0.0.1:%d;lr", h.warehouse.SIPPort)
	if h.reception, err = h.move(ctx, bin, examples, "reception", proxy); err != nil {
		return h, err
	}
	if h.office, err = h.move(ctx, bin, examples, "office", ""); err != nil {
		return h, err
	}
	port, err := fleet.FreeSIP()
	h.deadEnd = fmt.Sprintf("sip:104@127.0.0.1:%d", port)
	return h, err
}

// move puts a phone from examples/ on free ports of this machine and starts it.
func (h *house) move(ctx context.Context, bin, examples, name, proxy string) (*phone, error) {
	c, err := fleet.ReadConfig(filepath.Join(examples, name+".yaml"))
	if err != nil {
		return nil, err
	}
	c.Set("telemetry.broker", h.collector.MQTT)
	if sip, ok := c["sip"].(map[string]any); ok {
		delete(sip, "listen") // StartAgent finds a free port
		if accounts, ok := sip["accounts"].([]any); ok && proxy != "" {
			accounts[0].(map[string]any)["outbound_proxy"] = proxy
		}
	}
	a, err := fleet.StartAgent(ctx, h.dir, filepath.Join(bin, "sidetone-agent"), name, c)
	if err != nil {
		return nil, err
	}
	return &phone{a}, nil
}

// close ends the phones, then the collector, so that their last events arrive; the folder goes with them.
func (h *house) close() {
	for _, p := range []*phone{h.office, h.reception, h.warehouse} {
		if p != nil {
			_ = p.Stop()
		}
	}
	if h.collector != nil {
		_ = h.collector.Stop()
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir)
	}
}

// does waits for a moment, as people do, and then gives the phone a verb.
func (p *phone) does(after time.Duration, verb ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(after):
		}
		_, err := p.Do(ctx, verb...)
		return err
	}
}

// quiet waits until none of the phones has a call.
func quiet(ctx context.Context, phones ...*phone) error {
	var errs []error
	for _, p := range phones {
		errs = append(errs, p.UntilQuiet(ctx))
	}
	return errors.Join(errs...)
}
