package sqlite

import (
	"bytes"
	"slices"
	"strings"

	"sidetone/collector/store"
	"sidetone/trace"
)

// presence takes a device's word, or its connection's, about its state.
func (w *writing) presence(p store.Presence) error {
	d, err := w.device(p.Origin)
	if err != nil {
		return err
	}
	if store.Stale(d.Device, d.conn, p) {
		return nil
	}
	if err := w.givenAtBirth(d, p); err != nil {
		return err
	}
	d.keep(p)
	if p.State == store.StateReady && p.Boot != 0 && p.Facts != d.Facts {
		d.Facts, d.dirty, d.told = p.Facts, true, true
		d.Facts.Journal, d.Facts.JournalError = clip(p.Facts.Journal), clip(p.Facts.JournalError)
		d.Facts.Kernel, d.Facts.Restart = clip(p.Facts.Kernel), trace.Restart(clip(string(p.Facts.Restart)))
	}
	if p.State == store.StateReady && p.Boot != 0 && p.Boot != d.Boot {
		d.Lines = nil // a new run tells of its lines anew, and may have fewer
	}
	if p.State == store.StateReady && p.Boot != 0 && !bytes.Equal(p.Config, d.Config) {
		d.Config, d.dirty, d.told = slices.Clone(p.Config), true, true
	}
	if p.Boot != 0 && (p.Boot != d.Boot || p.Conn != d.conn) {
		d.Boot, d.conn, d.dirty = p.Boot, p.Conn, true
	}
	if p.State != "" && p.State != d.State {
		d.State, d.Since, d.dirty, d.told = p.State, p.At, true, true
	}
	return nil
}

// givenAtBirth takes a birth's word before its run is the present one. A birth lists the newest runs: where the last one that is
// known is not among them, they are all later, unless the birth itself is an old one that a broker has kept.
func (w *writing) givenAtBirth(d *deviceRow, p store.Presence) error {
	follows := d.Boot != 0 && len(p.Given) > 0 && !slices.ContainsFunc(p.Given, func(g store.Given) bool { return g.Boot == d.Boot })
	if follows {
		known, err := w.knownBoot(d, p.Boot)
		if err != nil {
			return err
		}
		follows = known == nil
	}
	return w.given(d, p.Given, follows, p.At)
}

// runs takes the boot for the present one, unless a presence has said which that is.
func (d *deviceRow) runs(boot trace.Boot) {
	if d.conn == 0 && d.Boot != boot {
		d.Boot, d.dirty, d.told = boot, true, true
	}
}

// keep takes over what the presence says about the device itself.
func (d *deviceRow) keep(p store.Presence) {
	for _, f := range []struct {
		field *string
		value string
	}{
		{&d.Name, p.Name},
		{&d.Model, p.Model},
		{&d.Firmware, p.Firmware},
		{&d.Agent, p.Agent},
		{&d.Arch, p.Arch},
		{&d.IP, p.IP},
	} {
		value := clip(f.value)
		if value != "" && *f.field != value {
			*f.field, d.dirty, d.told = value, true, true
		}
	}
}

// maxFact bounds what a device can say about itself, in bytes.
const maxFact = 256

func clip(s string) string {
	if len(s) <= maxFact {
		return s
	}
	return strings.ToValidUTF8(s[:maxFact], "")
}

// line takes a device's word on one of its lines.
func (w *writing) line(r store.LineReport) error {
	d, err := w.device(r.Origin)
	if err != nil {
		return err
	}
	r.AOR, r.Reason, r.Server = clip(r.AOR), clip(r.Reason), clip(r.Server)
	d.Lines, d.dirty, d.told = store.WithLine(d.Lines, r.Registration), true, true
	return nil
}
