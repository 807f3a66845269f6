package sim

import (
	"errors"

	"sidetone/device"
)

// ErrClosed is returned by the driving methods once the phone is closed.
var ErrClosed = errors.New("the phone is switched off")

// SetHook lifts the handset or puts it back. Nothing happens when it is there already.
func (p *Phone) SetHook(off bool) error {
	return p.change(device.HookChanged{OffHook: off}, func() bool {
		changed := p.offHook != off
		p.offHook = off
		return changed
	})
}

// Press presses dialling keys. Keys that no keypad has are an error.
func (p *Phone) Press(keys string) error {
	if err := device.CheckKeys(keys); err != nil {
		return err
	}
	return p.change(device.KeyPressed{Keys: keys}, func() bool { return true })
}

// Plug plugs the terminal in, or unplugs it. Nothing happens when it is so already.
func (p *Phone) Plug(in bool) error {
	return p.change(device.HandsetPlugged{Plugged: in}, func() bool {
		changed := p.plugged != in
		p.plugged = in
		return changed
	})
}

// change changes the phone's state and, if that made a difference, reports it.
func (p *Phone) change(ev device.Event, apply func() bool) error {
	p.order.Lock()
	defer p.order.Unlock()
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return ErrClosed
	}
	changed := apply()
	p.mu.Unlock()
	if changed && !p.send(ev) {
		return ErrClosed
	}
	return nil
}
