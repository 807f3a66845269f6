package sim

import (
	"maps"
	"slices"

	"sidetone/device"
)

// The phone has every capability.
var (
	_ device.Input   = (*Phone)(nil)
	_ device.Hook    = (*Phone)(nil)
	_ device.Keypad  = (*Phone)(nil)
	_ device.Audio   = (*Phone)(nil)
	_ device.Handset = (*Phone)(nil)
	_ device.Ringer  = (*Phone)(nil)
	_ device.Lamp    = lamp{}
)

// OffHook tells whether the handset is lifted.
func (p *Phone) OffHook() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offHook
}

// Keys lists the keys of the keypad.
func (p *Phone) Keys() string { return device.DialKeys }

// Plugged tells whether the terminal is plugged in.
func (p *Phone) Plugged() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.plugged
}

// Ringing tells whether the bell rings.
func (p *Phone) Ringing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ringing
}

// StartRinging starts the bell.
func (p *Phone) StartRinging() error { return p.ring(true) }

// StopRinging stops the bell.
func (p *Phone) StopRinging() error { return p.ring(false) }

func (p *Phone) ring(on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ringing = on
	return nil
}

// Lamp is the lamp of that name; a simulated phone has as many as are asked for.
func (p *Phone) Lamp(name string) device.Lamp { return lamp{phone: p, name: name} }

// Lamps is how every lamp shines.
func (p *Phone) Lamps() map[string]device.LampState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.lamps)
}

type lamp struct {
	phone *Phone
	name  string
}

// Set makes the lamp shine as told.
func (l lamp) Set(state device.LampState) error {
	l.phone.mu.Lock()
	defer l.phone.mu.Unlock()
	l.phone.lamps[l.name] = state
	return nil
}

func values[K comparable, V any](m map[K]V) []V { return slices.Collect(maps.Values(m)) }
