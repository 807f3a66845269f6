package sim

import "sidetone/device"

// Microphone is what the person says, from the beginning for every call: a steady tone.
func (p *Phone) Microphone() device.Source { return newTone(p.opts.ToneHz, p.opts.ToneDB) }

// Earpiece is a new earpiece; from now on it is the one that Heard speaks of.
func (p *Phone) Earpiece() device.Sink {
	m := &meter{}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter = m
	return m
}

// Heard tells what came out of the earpiece just now.
func (p *Phone) Heard() Heard {
	p.mu.Lock()
	m := p.meter
	p.mu.Unlock()
	if m == nil {
		return silence
	}
	return m.heard()
}
