package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"sidetone/collector/store"
	"sidetone/trace"
)

// Devices implements store.Reader.
func (s *Store) Devices(ctx context.Context) ([]store.Device, error) {
	out, err := s.devices(ctx, "1")
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return out, nil
}

// Device implements store.Reader.
func (s *Store) Device(ctx context.Context, id string) (store.Device, error) {
	found, err := s.devices(ctx, "d.device = ?", id)
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Device{}, fmt.Errorf("read device %s: %w", id, err)
	}
	return found[0], nil
}

// devices reads the devices that the condition on "d" selects, in one snapshot.
func (s *Store) devices(ctx context.Context, where string, args ...any) ([]store.Device, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	rows, err := tx.QueryContext(ctx, "SELECT "+deviceColumns+" FROM devices d WHERE "+where+" ORDER BY tenant, device", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []store.Device
	var keys []int64
	for rows.Next() {
		d, err := scanDevice(rows)
		if err != nil {
			return nil, err
		}
		out, keys = append(out, d.Device), append(keys, d.id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	gaps, err := losses(ctx, tx, where, args)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		out[i].Gaps = gaps[key]
	}
	return out, nil
}

// losses computes the gaps of each selected device from what came in and what it reported itself.
func losses(ctx context.Context, tx *sql.Tx, where string, args []any) (map[int64][]trace.Gap, error) {
	reported, err := reportedGaps(ctx, tx, where, args)
	if err != nil {
		return nil, err
	}
	seen, err := incompleteBoots(ctx, tx, where, args)
	if err != nil {
		return nil, err
	}
	out := map[int64][]trace.Gap{}
	for device := range reported {
		out[device] = nil
	}
	for device := range seen {
		out[device] = nil
	}
	for device := range out {
		out[device] = store.Losses(seen[device], reported[device])
	}
	return out, nil
}

func reportedGaps(ctx context.Context, tx *sql.Tx, where string, args []any) (map[int64][]trace.Gap, error) {
	rows, err := tx.QueryContext(ctx, `SELECT g.device, g.boot, g.first_seq, g.last_seq, g.count, g.reason
		FROM gaps g JOIN devices d ON d.id = g.device WHERE `+where+` ORDER BY g.at`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64][]trace.Gap{}
	for rows.Next() {
		var device, boot, from, to, count int64
		var g trace.Gap
		if err := rows.Scan(&device, &boot, &from, &to, &count, &g.Reason); err != nil {
			return nil, err
		}
		g.Boot, g.From, g.To, g.Count = trace.Boot(boot), uint64(from), uint64(to), uint64(count)
		out[device] = append(out[device], g)
	}
	return out, rows.Err()
}

// incompleteBoots reads what was seen of the boots that have holes or that a report is about.
func incompleteBoots(ctx context.Context, tx *sql.Tx, where string, args []any) (map[int64]map[trace.Boot]*store.Run, error) {
	rows, err := tx.QueryContext(ctx, `SELECT b.device, b.boot, b.seen, b.given FROM boots b JOIN devices d ON d.id = b.device
		WHERE (NOT b.whole OR EXISTS (SELECT 1 FROM gaps g WHERE g.device = b.device AND g.boot = b.boot)) AND `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]map[trace.Boot]*store.Run{}
	for rows.Next() {
		var device, boot, given int64
		var seen []byte
		if err := rows.Scan(&device, &boot, &seen, &given); err != nil {
			return nil, err
		}
		r := &store.Run{Given: uint64(given)}
		if err := r.Seen.UnmarshalBinary(seen); err != nil {
			return nil, err
		}
		if out[device] == nil {
			out[device] = map[trace.Boot]*store.Run{}
		}
		out[device][trace.Boot(boot)] = r
	}
	return out, rows.Err()
}
