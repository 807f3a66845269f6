package sqlite

import "sidetone/collector/store"

// presence takes a device's word, or its connection's, about its state.
func (w *writing) presence(p store.Presence) error {
	d, err := w.device(p.Origin)
	if err != nil {
		return err
	}
	if store.Stale(d.Device, d.conn, p) {
		return nil
	}
	d.keep(p)
	if p.Boot != 0 && (p.Boot != d.Boot || p.Conn != d.conn) {
		d.Boot, d.conn, d.dirty = p.Boot, p.Conn, true
	}
	if p.State != "" && p.State != d.State {
		d.State, d.Since, d.dirty, d.told = p.State, p.At, true, true
	}
	return nil
}

// keep takes over what the presence says about the device itself.
func (d *deviceRow) keep(p store.Presence) {
	for _, f := range []struct {
		field *string
		value string
	}{
		{&d.Name, p.Name}, {&d.Model, p.Model}, {&d.Firmware, p.Firmware},
		{&d.Agent, p.Agent}, {&d.Arch, p.Arch}, {&d.IP, p.IP},
	} {
		if f.value != "" && *f.field != f.value {
			*f.field, d.dirty, d.told = f.value, true, true
		}
	}
}
