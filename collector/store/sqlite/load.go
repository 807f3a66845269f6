package sqlite

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

const deviceColumns = `id, device, tenant, name, model, firmware, agent, arch, ip, state, boot, conn, since, last_seen, COALESCE(health, ''), COALESCE(lines, '[]'), COALESCE(facts, '{}'), COALESCE(config, '')`

type scanner interface{ Scan(dest ...any) error }

func scanDevice(row scanner) (*deviceRow, error) {
	var d deviceRow
	var boot, conn, since, seen int64
	var health, lines, facts, config string
	err := row.Scan(&d.id, &d.ID, &d.Tenant, &d.Name, &d.Model, &d.Firmware, &d.Agent, &d.Arch, &d.IP, &d.State,
		&boot, &conn, &since, &seen, &health, &lines, &facts, &config)
	if err != nil {
		return nil, err
	}
	d.Boot, d.conn = trace.Boot(boot), uint64(conn)
	d.Since, d.LastSeen = fromMicros(since), fromMicros(seen)
	d.saved = d.LastSeen
	if health != "" {
		d.Health = json.RawMessage(health)
	}
	d.Config = rawOf(config)
	if err := json.Unmarshal([]byte(lines), &d.Lines); err != nil {
		return nil, fmt.Errorf("device %s: stored lines: %w", d.ID, err)
	}
	if err := json.Unmarshal([]byte(facts), &d.Facts); err != nil {
		return nil, fmt.Errorf("device %s: stored facts: %w", d.ID, err)
	}
	return &d, nil
}

// device finds the device or makes it known.
func (w *writing) device(o store.Origin) (*deviceRow, error) {
	d, ok := w.cache.devices[o.Device]
	if !ok {
		var err error
		if d, err = w.loadDevice(o.Device); err != nil {
			return nil, err
		}
		w.cache.devices[o.Device] = d
	}
	w.devices[d] = struct{}{}
	if o.Tenant != "" && d.Tenant != o.Tenant {
		d.Tenant, d.dirty, d.told = o.Tenant, true, true
	}
	if o.At.After(d.LastSeen) {
		d.LastSeen = o.At
	}
	return d, nil
}

func (w *writing) loadDevice(id string) (*deviceRow, error) {
	row, err := w.row(w.ctx, "SELECT "+deviceColumns+" FROM devices WHERE device = ?", id)
	if err != nil {
		return nil, err
	}
	d, err := scanDevice(row)
	if !errors.Is(err, sql.ErrNoRows) {
		return d, err
	}
	d = &deviceRow{Device: store.Device{ID: id, State: store.StateUnknown}, dirty: true, told: true}
	d.id, err = w.insert(w.ctx, "INSERT INTO devices (device) VALUES (?)", id)
	return d, err
}

// boot finds what is known of a run of the device's agent, or begins to know it.
func (w *writing) boot(d *deviceRow, boot trace.Boot) (*bootRow, error) {
	b, err := w.knownBoot(d, boot)
	if b != nil || err != nil {
		return b, err
	}
	b = &bootRow{boot: boot}
	b.id, err = w.insert(w.ctx, "INSERT INTO boots (device, boot, seen, whole, last_seen) VALUES (?, ?, x'', 1, 0)", d.id, int64(boot))
	if err != nil {
		return nil, err
	}
	w.cache.boots[bootKey{d.id, boot}] = b
	return b, nil
}

// knownBoot is nil for a run that nothing is known of.
func (w *writing) knownBoot(d *deviceRow, boot trace.Boot) (*bootRow, error) {
	key := bootKey{d.id, boot}
	if b, ok := w.cache.boots[key]; ok {
		return b, nil
	}
	b := &bootRow{boot: boot}
	var seen []byte
	var given int64
	found, err := w.one(w.ctx, "SELECT id, seen, given FROM boots WHERE device = ? AND boot = ?", []any{d.id, int64(boot)}, &b.id, &seen, &given)
	if err != nil || !found {
		return nil, err
	}
	b.Given = uint64(given)
	if err := b.Seen.UnmarshalBinary(seen); err != nil {
		return nil, err
	}
	w.cache.boots[key] = b
	return b, nil
}

// view finds the device's part of a call, or begins one, in a call of its own.
func (w *writing) view(d *deviceRow, e trace.Event, received time.Time) (*viewRow, error) {
	key := viewKey{d.id, e.Call}
	if v, ok := w.cache.views[key]; ok {
		return v, nil
	}
	var call int64
	found, err := w.one(w.ctx, "SELECT call FROM views WHERE view = ? AND device = ?", []any{e.Call, d.id}, &call)
	if err != nil {
		return nil, err
	}
	if found {
		if _, err := w.call(call); err != nil {
			return nil, err
		}
		return w.cache.views[key], nil
	}
	return w.newView(d, e, received)
}

func (w *writing) newView(d *deviceRow, e trace.Event, received time.Time) (*viewRow, error) {
	c := &callRow{call: e.Call, day: day(received)}
	taken, err := w.one(w.ctx, "SELECT id FROM calls WHERE call = ?", []any{e.Call}, new(int64))
	if err != nil {
		return nil, err
	}
	if taken { // two devices gave two calls the same id, which ULIDs never do
		c.call = e.Call + "." + d.ID
	}
	if c.id, err = w.insert(w.ctx, "INSERT INTO calls (call, began, day) VALUES (?, 0, ?)", c.call, c.day); err != nil {
		return nil, err
	}
	v := &viewRow{device: d, view: e.Call, received: received, synced: e.Clock == trace.ClockSynced, call: c}
	v.id, err = w.insert(w.ctx, "INSERT INTO views (call, device, view, received, synced) VALUES (?, ?, ?, ?, ?)",
		c.id, d.id, v.view, received.UnixMicro(), v.synced)
	if err != nil {
		return nil, err
	}
	c.views = []*viewRow{v}
	w.cache.calls[c.id] = c
	w.cache.views[viewKey{d.id, v.view}] = v
	return v, nil
}

// call finds a call with all its views.
func (w *writing) call(id int64) (*callRow, error) {
	if c, ok := w.cache.calls[id]; ok {
		return c, nil
	}
	c := &callRow{id: id}
	found, err := w.one(w.ctx, "SELECT call, began, day FROM calls WHERE id = ?", []any{id}, &c.call, &c.began, &c.day)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("call %d: %w", id, store.ErrNotFound)
	}
	if c.views, err = w.loadViews(c); err != nil {
		return nil, err
	}
	c.keys = c.keysNow()
	w.cache.calls[id] = c
	for _, v := range c.views {
		w.cache.views[viewKey{v.device.id, v.view}] = v
	}
	return c, nil
}

func (w *writing) loadViews(c *callRow) ([]*viewRow, error) {
	rows, err := w.rows(w.ctx, `SELECT v.id, d.device, v.view, v.session, v.sip_call, v.received, v.synced, v.fold
		FROM views v JOIN devices d ON d.id = v.device WHERE v.call = ? ORDER BY v.id`, c.id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var views []*viewRow
	var devices []string
	for rows.Next() {
		v := &viewRow{call: c}
		var device, fold string
		var received int64
		if err := rows.Scan(&v.id, &device, &v.view, &v.session, &v.sipCall, &received, &v.synced, &fold); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(fold), &v.fold); err != nil {
			return nil, fmt.Errorf("view %s: stored fold: %w", v.view, err)
		}
		v.received = fromMicros(received)
		views, devices = append(views, v), append(devices, device)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i, v := range views {
		if v.device, err = w.device(store.Origin{Device: devices[i]}); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// day counts days since 1970, UTC.
func day(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
