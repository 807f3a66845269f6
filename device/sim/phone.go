package sim

import (
	"slices"
	"sync"
	"time"

	"sidetone/device"
)

// backlog is how many events may be unread before somebody who drives the phone has to wait.
const backlog = 64

// Phone is a simulated telephone.
type Phone struct {
	opts   Options
	events chan device.Event
	closed chan struct{}
	timers sync.WaitGroup // counts timers that are set or firing

	order sync.Mutex // held while an event is sent, so that state and events change in the same order; taken before mu

	mu      sync.Mutex // guards all below
	closing bool
	offHook bool
	plugged bool
	ringing bool
	lamps   map[string]device.LampState
	calls   map[string]*call
	meter   *meter // of the call that took the earpiece last

	reminded int
}

// call is what the phone knows of a call. A call has one timer at most: for what its person does next.
type call struct {
	ringing bool
	timer   *time.Timer
}

// New makes a phone that is plugged in, with its handset on the hook.
func New(opts Options) *Phone {
	return &Phone{
		opts:    opts.withDefaults(),
		events:  make(chan device.Event, backlog),
		closed:  make(chan struct{}),
		plugged: true,
		lamps:   map[string]device.LampState{device.LineLamp: device.LampOff},
		calls:   map[string]*call{},
	}
}

// Events is the channel of what the person does. It is never closed.
func (p *Phone) Events() <-chan device.Event { return p.events }

// Alert makes the phone ring for a call. Its person reacts as the options say.
func (p *Phone) Alert(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing || p.calls[id] != nil {
		return
	}
	c := &call{ringing: true}
	p.calls[id] = c
	p.showLocked()
	if p.opts.AnswerAfter >= 0 {
		p.reactLocked(c, p.opts.AnswerAfter, p.reaction(id))
	}
}

// reaction is what the person does with a ringing call.
func (p *Phone) reaction(id string) device.Event {
	if p.opts.RejectWith != 0 {
		return device.RejectPressed{Call: id, Status: p.opts.RejectWith}
	}
	return device.AnswerPressed{Call: id, Beside: true}
}

// Connect gives a call the phone's audio. Its person hangs up after a while, if the options say so.
func (p *Phone) Connect(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return
	}
	c := p.calls[id]
	if c == nil {
		c = &call{}
		p.calls[id] = c
	}
	c.ringing = false
	p.forgetTimerLocked(c)
	p.showLocked()
	if p.opts.HangupAfter > 0 {
		p.reactLocked(c, p.opts.HangupAfter, device.HangupPressed{Call: id})
	}
}

// Release says that a call no longer rings, or is over.
func (p *Phone) Release(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls[id]; c != nil {
		p.forgetTimerLocked(c)
		delete(p.calls, id)
		p.showLocked()
	}
}

// Remind says that a call is still on hold.
func (p *Phone) Remind(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reminded++
}

// Reminded tells how often the phone has reminded its person of a call on hold.
func (p *Phone) Reminded() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reminded
}

// Close ends every timer and waits for those that fire. Whoever waits for an event to be read is let go.
func (p *Phone) Close() {
	p.mu.Lock()
	if !p.closing {
		p.closing = true
		close(p.closed)
	}
	for _, c := range p.calls {
		p.forgetTimerLocked(c)
	}
	clear(p.calls)
	p.showLocked()
	p.mu.Unlock()
	p.timers.Wait()
}

// reactLocked sends an event after a while, unless the call's timer is forgotten before.
func (p *Phone) reactLocked(c *call, after time.Duration, ev device.Event) {
	p.timers.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		defer p.timers.Done()
		p.mu.Lock()
		current := c.timer == timer
		p.mu.Unlock()
		if current {
			p.send(ev)
		}
	})
	c.timer = timer
}

func (p *Phone) forgetTimerLocked(c *call) {
	if c.timer != nil && c.timer.Stop() {
		p.timers.Done()
	}
	c.timer = nil
}

// send hands an event to its reader; false when the phone was closed instead.
func (p *Phone) send(ev device.Event) bool {
	select {
	case p.events <- ev:
		return true
	case <-p.closed:
		return false
	}
}

// showLocked makes bell and lamp follow the calls: a ringing call blinks, whatever else is up.
func (p *Phone) showLocked() {
	p.ringing = slices.ContainsFunc(values(p.calls), func(c *call) bool { return c.ringing })
	switch {
	case p.ringing:
		p.lamps[device.LineLamp] = device.LampBlinking
	case len(p.calls) > 0:
		p.lamps[device.LineLamp] = device.LampOn
	default:
		p.lamps[device.LineLamp] = device.LampOff
	}
}
