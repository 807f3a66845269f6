package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sidetone/collector/store"
)

const commandColumns = `cid, device, tenant, op, args, by, sent, expiry, state, code, data, steps`

func scanCommand(row scanner) (store.Command, error) {
	var c store.Command
	var args, data, steps string
	var sent, expiry int64
	err := row.Scan(&c.CID, &c.Device, &c.Tenant, &c.Op, &args, &c.By, &sent, &expiry, &c.State, &c.Code, &data, &steps)
	if err != nil {
		return c, err
	}
	c.At, c.Expiry = fromMicros(sent), fromMicros(expiry)
	c.Args, c.Data = rawOf(args), rawOf(data)
	if err := json.Unmarshal([]byte(steps), &c.Steps); err != nil {
		return c, fmt.Errorf("command %s: stored steps: %w", c.CID, err)
	}
	return c, nil
}

func rawOf(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// command writes a command down, once.
func (w *writing) command(c store.Command) error {
	return w.exec(w.ctx, `INSERT OR IGNORE INTO commands (cid, device, tenant, op, args, by, sent, expiry, day, state, code, data, steps)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '[]')`,
		c.CID, c.Device, c.Tenant, c.Op, string(c.Args), c.By, micros(c.At), micros(c.Expiry), day(c.At), store.CommandSent)
}

// answer takes a device's answer to a command that it was given; any other means nothing.
func (w *writing) answer(a store.Answer) error {
	if _, err := w.device(a.Origin); err != nil {
		return err
	}
	row, err := w.row(w.ctx, "SELECT "+commandColumns+" FROM commands WHERE cid = ? AND device = ? AND tenant = ?", a.CID, a.Device, a.Tenant)
	if err != nil {
		return err
	}
	c, err := scanCommand(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil || !c.Take(a) {
		return err
	}
	steps, err := json.Marshal(c.Steps)
	if err != nil {
		return err
	}
	return w.exec(w.ctx, "UPDATE commands SET state = ?, code = ?, data = ?, steps = ? WHERE cid = ?", c.State, clip(c.Code), string(c.Data), string(steps), c.CID)
}

// wanted replaces the configuration that a device is wished to have by a newer one.
func (w *writing) wanted(d store.Wanted) error {
	return w.exec(w.ctx, `INSERT INTO wanted (device, tenant, ver, payload, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (device) DO UPDATE SET tenant = excluded.tenant, ver = excluded.ver, payload = excluded.payload, at = excluded.at
		WHERE excluded.ver > ver`, d.Device, d.Tenant, d.Ver, string(d.Payload), micros(d.At))
}

// Commands implements store.CommandReader.
func (s *Store) Commands(ctx context.Context, device string) ([]store.Command, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+commandColumns+" FROM commands WHERE device = ? ORDER BY sent DESC, cid DESC LIMIT ?", device, store.MaxCommands)
	if err != nil {
		return nil, fmt.Errorf("list commands of %s: %w", device, err)
	}
	defer func() { _ = rows.Close() }()
	var out []store.Command
	for rows.Next() {
		c, err := scanCommand(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Command implements store.CommandReader.
func (s *Store) Command(ctx context.Context, device, cid string) (store.Command, error) {
	c, err := scanCommand(s.read.QueryRowContext(ctx, "SELECT "+commandColumns+" FROM commands WHERE device = ? AND cid = ?", device, cid))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("read command %s: %w", cid, err)
	}
	return c, nil
}

// Wanted implements store.CommandReader.
func (s *Store) Wanted(ctx context.Context, device string) (store.Wanted, error) {
	all, err := s.wanted(ctx, "device = ?", device)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Wanted{}, fmt.Errorf("read the configuration of %s: %w", device, err)
	}
	return all[0], nil
}

// AllWanted implements store.CommandReader.
func (s *Store) AllWanted(ctx context.Context) ([]store.Wanted, error) { return s.wanted(ctx, "1") }

func (s *Store) wanted(ctx context.Context, where string, args ...any) ([]store.Wanted, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT device, tenant, ver, payload, at FROM wanted WHERE "+where+" ORDER BY device", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []store.Wanted
	for rows.Next() {
		var d store.Wanted
		var payload string
		var at int64
		if err := rows.Scan(&d.Device, &d.Tenant, &d.Ver, &payload, &at); err != nil {
			return nil, err
		}
		d.Payload, d.At = json.RawMessage(payload), fromMicros(at)
		out = append(out, d)
	}
	return out, rows.Err()
}
