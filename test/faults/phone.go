package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sidetone/device/control"
	"sidetone/test/fleet"
)

// phone is one agent with its folder, its disk and its way to the broker.
type phone struct {
	*fleet.Agent
	name  string
	dir   string
	disk  string // where its journal is
	small bool   // the disk is its own and can be filled
	relay *relay

	mu     sync.Mutex // guards client
	client *control.Client
}

// newPhone starts a phone that answers at once.
func newPhone(ctx context.Context, root, program, name string, ports int, r *relay) (*phone, error) {
	p := &phone{name: name, dir: filepath.Join(root, name), relay: r, small: ownNamespaces()}
	p.disk = filepath.Join(p.dir, name+".journal")
	if err := os.MkdirAll(p.dir, 0o750); err != nil {
		return nil, err
	}
	if p.small {
		if err := mountDisk(p.disk); err != nil {
			return nil, err
		}
	}
	if err := setClock(p.dir, 0); err != nil {
		return nil, err
	}
	c := fleet.Config{}
	c.Set("device.id", name).Set("device.name", name).Set("device.sim.answer_after", "0s").
		Set("telemetry.broker", "mqtt://"+r.address()).
		Set("telemetry.journal.max_bytes", fmt.Sprintf("%dB", journalBytes)).
		Set("telemetry.health_every", "5s").
		Set("media.rtp_ports", fmt.Sprintf("%d-%d", ports, ports+1999)).Set("media.codecs", []string{"pcmu"}).
		Set("sip.user_agent", "Sidetone").
		Set("calls.alerting", "ringing").Set("calls.max", 200).Set("calls.ring_for", "10s").Set("log.level", "warn")
	var err error
	p.Agent, err = fleet.StartAgent(ctx, p.dir, program, name, c)
	return p, err
}

// do gives the phone a verb.
func (p *phone) do(ctx context.Context, r control.Request) (control.Reply, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == nil {
		c, err := control.Connect(ctx, filepath.Join(p.dir, p.name+".sock"))
		if err != nil {
			return control.Reply{}, err
		}
		p.client = c
	}
	reply, err := p.client.Do(ctx, r)
	if err != nil && reply.Error == "" { // no answer: whoever answers next time may be another process
		_ = p.client.Close()
		p.client = nil
	}
	return reply, err
}

// status is what the phone says of itself, or why it says nothing.
func (p *phone) status(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	reply, err := p.do(ctx, control.Request{Verb: control.Status})
	if err != nil {
		return err.Error()
	}
	return string(reply.Data)
}

// killer kills the phone with -9 and starts it again after a while.
func (p *phone) killer(told *diary) gremlin {
	return killer("agent killed", span{12e3, 50e3}, span{0, 3e3}, func() *fleet.Process { return p.Process }, (*fleet.Process).Kill,
		func(ctx context.Context) error { return p.Restart(ctx, p.name) }, told)
}

// killer ends a program and starts it again after a while.
func killer(name string, calm, trouble span, program func() *fleet.Process, end func(*fleet.Process) error, start heal, told *diary) gremlin {
	return gremlin{name: name, calm: calm, trouble: trouble, strike: func(context.Context, *rand.Rand) (heal, error) {
		select {
		case <-program().Ended():
			told.failed(fmt.Errorf("%s: it had ended by itself", name))
		default:
		}
		_ = end(program()) // its exit code says that it was killed
		return start, nil
	}}
}

// filler fills the phone's disk.
func (p *phone) filler() gremlin {
	return gremlin{name: "disk full", calm: span{10e3, 40e3}, trouble: span{300, 8e3}, strike: func(context.Context, *rand.Rand) (heal, error) {
		if err := fillDisk(p.disk); err != nil {
			return nil, err
		}
		return func(context.Context) error { return freeDisk(p.disk) }, nil
	}}
}

// clockmaker has the phone's clock jump by a year, and back.
func (p *phone) clockmaker() gremlin {
	return gremlin{name: "clock a year off", calm: span{6e3, 30e3}, trouble: span{300, 10e3}, strike: func(_ context.Context, rng *rand.Rand) (heal, error) {
		by := year
		if rng.IntN(2) == 0 {
			by = -year
		}
		if err := setClock(p.dir, by); err != nil {
			return nil, err
		}
		return func(context.Context) error { return setClock(p.dir, 0) }, nil
	}}
}

// calls has phones call each other at a rate until ctx is done, and hang up after a moment; it returns how many calls were begun.
// The first phone of the row calls; while it is down another one does in its place.
func calls(ctx context.Context, rate float64, rng *rand.Rand, row []*phone) (begun int) {
	every := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer every.Stop()
	var talks sync.WaitGroup
	defer talks.Wait()
	for {
		select {
		case <-ctx.Done():
			return begun
		case <-every.C:
		}
		caller, id := dial(ctx, row, rng.IntN(len(row)-1))
		if caller == nil {
			continue
		}
		begun++
		talk := span{50, 400}.draw(rng)
		talks.Go(func() {
			wait(ctx, talk)
			// It may be over already, or the phone be gone.
			_, _ = caller.do(context.WithoutCancel(ctx), control.Request{Verb: control.Hangup, Call: id})
		})
	}
}

// dial has the first phone of the row that can call another one, which stands so many places behind it, not counting the next.
func dial(ctx context.Context, row []*phone, behind int) (caller *phone, id string) {
	for i, p := range row {
		callee := row[(i+1+behind)%len(row)]
		reply, err := p.do(ctx, control.Request{Verb: control.Dial, Args: []string{callee.URI("100")}})
		if err == nil {
			return p, reply.Text
		}
	}
	return nil, ""
}
