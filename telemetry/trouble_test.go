package telemetry

import (
	"context"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"sidetone/collector/ingest"
)

// suffer has one thing happen to the chain.
func (c *chain) suffer() {
	troubles := []struct {
		weight int
		happen func()
	}{
		{2, c.phoneCalls},
		{2, func() { c.wait(time.Duration(c.random.Int64N(int64(2 * time.Minute)))) }},
		{2, c.changeLoss},
		{1, c.restartAgent},
		{1, c.killAgent},
		{2, c.restartCollector},
		{1, c.restartBroker},
		{1, c.turnBroker},
		{1, c.turnFlash},
	}
	all := 0
	for _, t := range troubles {
		all += t.weight
	}
	at := c.random.IntN(all)
	for _, t := range troubles {
		if at -= t.weight; at < 0 {
			t.happen()
			return
		}
	}
}

// heal ends every trouble, and waits until a collector that had asked in vain has asked again, which it does every hour.
func (c *chain) heal() {
	c.logf("all is well from here on; run %d is at %d", c.boot, c.agent.last())
	c.mu.Lock()
	c.loss = nil
	c.mu.Unlock()
	c.full.Store(false)
	if c.away {
		c.turnBroker()
	}
	c.wait(90 * time.Minute)
}

// phoneCalls records calls.
func (c *chain) phoneCalls() {
	waiting(c.agent, c.random.IntN(60))
	c.logf("calls, to event %d", c.agent.last())
}

// changeLoss has messages get lost from now on, or not any more.
func (c *chain) changeLoss() {
	p := pick(c, 0, 0.3, 1)
	loss := map[string]float64{
		ingest.ChannelEvents: p, ingest.ChannelState: pick(c, 0, p), ingest.ChannelHealth: pick(c, 0, p), "hint": pick(c, 0, 0.5),
	}
	c.logf("lost from here on: %v", loss)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loss = loss
}

func (c *chain) lost(channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.luck.Float64() < c.loss[channel]
}

// startAgent begins the next run on what the flash holds.
func (c *chain) startAgent() {
	killed := &atomic.Bool{}
	c.boot++
	c.killed = killed
	a := startAgent(c, c.broker, c.boot, c.flash, func(o *UplinkOptions) {
		o.CatchUp, o.Room = c.catchUp, c.flash.MaxBytes
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if killed.Load() {
				return nil, errors.New("no such process")
			}
			return c.broker.dial(ctx, network, address)
		}
	})
	c.agent = a
	watching, stop := context.WithCancel(context.Background())
	c.Cleanup(stop)
	go func() { // as the agent's program does
		for {
			select {
			case <-watching.Done():
				return
			case <-a.journal.Turned():
				a.JournalTurned()
				a.uplink.StateChanged()
			}
		}
	}()
}

// mendFlash lets the journal write what it has in memory, which is lost with the agent else.
func (c *chain) mendFlash() {
	c.full.Store(false)
	for deadline := time.Now().Add(time.Hour); c.agent.journal.Trouble() != nil; c.wait(time.Minute) {
		if time.Now().After(deadline) {
			c.Fatal(c.agent.journal.Trouble())
		}
	}
}

// restartAgent ends the agent in good order, and starts the next one. There are no more runs than a birth tells of for sure.
func (c *chain) restartAgent() {
	if c.boot == maxGiven {
		return
	}
	c.mendFlash()
	c.agent.shutdown()
	c.ends = append(c.ends, c.agent.last())
	c.logf("the agent restarts, its run %d has ended with %d", c.boot, c.agent.last())
	c.startAgent()
}

// killAgent starts the next agent on what the flash holds at this moment.
func (c *chain) killAgent() {
	if c.boot == maxGiven {
		return
	}
	c.mendFlash()
	c.killed.Store(true)
	c.broker.cut()
	c.ends = append(c.ends, c.agent.last())
	left := c.TempDir()
	if err := os.CopyFS(left, os.DirFS(c.flash.Dir)); err != nil {
		c.Fatal(err)
	}
	c.logf("the agent is killed, its run %d has ended with %d", c.boot, c.agent.last())
	c.agent.shutdown() // nobody hears of it
	c.flash.Dir = left
	c.startAgent()
}

// turnFlash has the flash full, or not any more.
func (c *chain) turnFlash() {
	c.full.Store(!c.full.Load())
	c.logf("the flash is full: %v", c.full.Load())
}

func (c *chain) flashFault() error {
	if c.full.Load() {
		return syscall.ENOSPC
	}
	return nil
}

// turnBroker has the broker go, or come back.
func (c *chain) turnBroker() {
	if c.away = !c.away; c.away {
		c.broker.stop()
	} else {
		c.broker.start()
	}
	c.logf("the broker is away: %v", c.away)
}

// restartBroker has it forget what it was about to tell.
func (c *chain) restartBroker() {
	if c.away {
		return
	}
	c.logf("the broker restarts")
	c.broker.stop()
	c.wait(time.Second)
	c.broker.start()
}

// restartCollector has the collector miss what comes meanwhile. The broker tells it what it has retained, which is the device's
// last word, an earlier one, or nothing.
func (c *chain) restartCollector() {
	c.stopCollector()
	c.wait(pick(c, 0, time.Duration(c.random.Int64N(int64(time.Minute)))))
	c.startCollector()
	behind := pick(c, 0, 0, 1, 2)
	c.logf("the collector restarts, and is told what the device has said %d births before (0 for nothing)", behind)
	c.mu.Lock()
	told := c.told
	c.mu.Unlock()
	if behind > 0 && behind <= len(told) {
		c.deliver(ingest.ChannelState, told[len(told)-behind])
	}
}
