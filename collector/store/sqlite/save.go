package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// lastSeenStep is how exactly the time of a device's last packet is kept when nothing else about it changes.
const lastSeenStep = time.Second

func (w *writing) saveBoot(b *bootRow) error {
	seen, err := b.Seen.AppendBinary([]byte{})
	if err != nil {
		return err
	}
	return w.exec(w.ctx, "UPDATE boots SET seen = ?, given = ?, whole = ?, last_seen = ? WHERE id = ?", seen, int64(b.Given), b.Whole(), micros(b.at), b.id)
}

func (w *writing) saveDevice(d *deviceRow) error {
	if !d.dirty && d.LastSeen.Sub(d.saved) < lastSeenStep {
		return w.tellDevice(d)
	}
	var health any
	if d.Health != nil {
		health = string(d.Health)
	}
	var config any
	if d.Config != nil {
		config = string(d.Config)
	}
	lines, err := json.Marshal(d.Lines)
	if err != nil {
		return err
	}
	facts, err := json.Marshal(d.Facts)
	if err != nil {
		return err
	}
	d.dirty, d.saved = false, d.LastSeen
	err = w.exec(w.ctx, `UPDATE devices SET tenant = ?, name = ?, model = ?, firmware = ?, agent = ?, arch = ?, ip = ?, state = ?,
		boot = ?, conn = ?, since = ?, last_seen = ?, health = ?, lines = ?, facts = ?, config = ? WHERE id = ?`,
		d.Tenant, d.Name, d.Model, d.Firmware, d.Agent, d.Arch, d.IP, d.State,
		int64(d.Boot), int64(d.conn), micros(d.Since), micros(d.LastSeen), health, string(lines), string(facts), config, d.id)
	if err != nil {
		return err
	}
	return w.tellDevice(d)
}

func (w *writing) tellDevice(d *deviceRow) error {
	if d.told {
		d.told = false
		w.told = append(w.told, store.Change{Kind: store.DeviceUpdated, ID: d.ID})
	}
	return nil
}

// saveView brings the fold up to date, joins the view with what other devices saw, and marks its call.
func (w *writing) saveView(v *viewRow) error {
	if v.disordered {
		events, err := w.events(v)
		if err != nil {
			return err
		}
		v.fold, v.disordered = trace.Summarize(events), false
	}
	session, sipCall := store.SessionKey(v.fold.SessionID), v.fold.SIPCallID
	fold, err := json.Marshal(v.fold)
	if err != nil {
		return fmt.Errorf("view %s: %w", v.view, err)
	}
	changed := session != v.session || sipCall != v.sipCall
	v.session, v.sipCall = session, sipCall
	err = w.exec(w.ctx, "UPDATE views SET session = ?, sip_call = ?, fold = ? WHERE id = ?", session, sipCall, string(fold), v.id)
	if err == nil && changed {
		err = w.join(v)
	}
	w.calls[v.call] = struct{}{}
	return err
}

// events reads what is stored of a view, chunks of this transaction included.
func (w *writing) events(v *viewRow) ([]trace.Event, error) {
	rows, err := w.rows(w.ctx, "SELECT lines FROM chunks WHERE view = ? ORDER BY id", v.id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	return readEvents(rows)
}

func (w *writing) saveCall(c *callRow) error {
	if len(c.views) == 0 { // absorbed by another call
		return nil
	}
	sum := store.Join(c.call, c.seen())
	text, err := json.Marshal(sum)
	if err != nil {
		return fmt.Errorf("call %s: %w", c.call, err)
	}
	if err := w.saveKeys(c, c.keysNow(), c.beganAt()); err != nil {
		return err
	}
	w.told = append(w.told, store.Change{Kind: store.CallUpdated, ID: c.call})
	return w.exec(w.ctx, `UPDATE calls SET began = ?, result = ?, side = ?, last_response = ?, held = ?, summary = ? WHERE id = ?`,
		c.began, string(sum.Result), string(sum.Side), sum.LastResponse, sum.Holds > 0, string(text), c.id)
}

// saveKeys makes call_keys say keys and began.
func (w *writing) saveKeys(c *callRow, keys []string, began int64) error {
	if c.began == began && slices.Equal(c.keys, keys) {
		return nil
	}
	if err := w.dropKeys(c); err != nil {
		return err
	}
	c.keys, c.began = keys, began
	for _, k := range keys {
		if err := w.exec(w.ctx, "INSERT OR IGNORE INTO call_keys (key, began, call) VALUES (?, ?, ?)", k, began, c.id); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) dropKeys(c *callRow) error {
	for _, k := range c.keys {
		if err := w.exec(w.ctx, "DELETE FROM call_keys WHERE key = ? AND began = ? AND call = ?", k, c.began, c.id); err != nil {
			return err
		}
	}
	return nil
}
