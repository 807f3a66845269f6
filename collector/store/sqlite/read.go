package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sidetone/collector/store"
	"sidetone/trace"
)

// Calls implements store.Reader.
func (s *Store) Calls(ctx context.Context, f store.Filter) (store.Page, error) {
	cursor, err := store.ParseCursor(f.Cursor)
	if err != nil {
		return store.Page{}, err
	}
	limit := f.Limit
	if limit <= 0 {
		limit = store.DefaultLimit
	}
	limit = min(limit, store.MaxLimit)
	query, args := listQuery(f, cursor, limit+1)
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return store.Page{}, fmt.Errorf("list calls: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var page store.Page
	var at []store.Cursor
	for rows.Next() {
		var c store.Cursor
		var text string
		var sum trace.Summary
		if err := rows.Scan(&c.Key, &c.Began, &text); err != nil {
			return store.Page{}, fmt.Errorf("list calls: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &sum); err != nil {
			return store.Page{}, fmt.Errorf("list calls: stored summary: %w", err)
		}
		page.Calls, at = append(page.Calls, sum), append(at, c)
	}
	if len(page.Calls) > limit {
		page.Calls, page.Next = page.Calls[:limit], at[limit-1].String()
	}
	return page, rows.Err()
}

// listQuery drives the list from the narrowest index that the filter names.
func listQuery(f store.Filter, after store.Cursor, limit int) (string, []any) {
	var q strings.Builder
	var args []any
	add := func(sql string, a ...any) {
		q.WriteString(sql)
		args = append(args, a...)
	}
	began, id := "c.began", "c.id"
	keys := filterKeys(f)
	if len(keys) > 0 {
		began, id = "k.began", "k.call"
		add("SELECT c.id, c.began, c.summary FROM call_keys k JOIN calls c ON c.id = k.call WHERE k.key = ?", keys[0])
		for _, k := range keys[1:] {
			add(" AND EXISTS (SELECT 1 FROM call_keys o WHERE o.key = ? AND o.began = c.began AND o.call = c.id)", k)
		}
	} else {
		add("SELECT c.id, c.began, c.summary FROM calls c WHERE 1")
	}
	add(" AND ("+began+", "+id+") < (?, ?)", after.Began, after.Key)
	if !f.From.IsZero() {
		add(" AND "+began+" >= ?", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		add(" AND "+began+" < ?", f.To.UnixMicro())
	}
	if f.Result != "" {
		add(" AND c.result = ?", string(f.Result))
	}
	if f.Side != "" {
		add(" AND c.side = ?", string(f.Side))
	}
	if f.LastResponse != nil {
		add(" AND c.last_response = ?", *f.LastResponse)
	}
	if f.Held != nil {
		add(" AND c.held = ?", *f.Held)
	}
	add(" ORDER BY "+began+" DESC, "+id+" DESC LIMIT ?", limit)
	return q.String(), args
}

func filterKeys(f store.Filter) []string {
	var keys []string
	if f.Number != "" {
		keys = append(keys, numberKey(f.Number))
	}
	if f.Device != "" {
		keys = append(keys, deviceKey(f.Device))
	}
	return keys
}

// Call implements store.Reader.
func (s *Store) Call(ctx context.Context, id string) (store.Call, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return store.Call{}, fmt.Errorf("read call %s: %w", id, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	call, err := readCall(ctx, tx, id)
	if err != nil {
		return store.Call{}, fmt.Errorf("read call %s: %w", id, err)
	}
	return call, nil
}

func readCall(ctx context.Context, tx *sql.Tx, id string) (store.Call, error) {
	rows, err := tx.QueryContext(ctx, `SELECT v.id, v.device, v.fold, d.device, d.name, c.call
		FROM views v JOIN devices d ON d.id = v.device JOIN calls c ON c.id = v.call
		WHERE v.call = COALESCE((SELECT id FROM calls WHERE call = ?), (SELECT call FROM views WHERE view = ? ORDER BY id LIMIT 1))
		ORDER BY v.id`, id, id)
	if err != nil {
		return store.Call{}, err
	}
	defer func() { _ = rows.Close() }()
	var call store.Call
	var name string
	var keys, devices []int64
	var seen []store.Seen
	for rows.Next() {
		var key, device int64
		var fold string
		var view trace.View
		var f trace.Fold
		if err := rows.Scan(&key, &device, &fold, &view.Device, &view.Name, &name); err != nil {
			return store.Call{}, err
		}
		if err := json.Unmarshal([]byte(fold), &f); err != nil {
			return store.Call{}, fmt.Errorf("stored fold: %w", err)
		}
		keys, devices, seen = append(keys, key), append(devices, device), append(seen, store.Seen{Device: view.Device, Fold: f})
		call.Views, call.Folds = append(call.Views, view), append(call.Folds, f)
	}
	if err := rows.Err(); err != nil {
		return store.Call{}, err
	}
	if len(seen) == 0 {
		return store.Call{}, store.ErrNotFound
	}
	for i, key := range keys {
		v := &call.Views[i]
		if v.Events, err = viewEvents(ctx, tx, key); err != nil {
			return store.Call{}, err
		}
		if v.Around, err = around(ctx, tx, devices[i], v.Events); err != nil {
			return store.Call{}, err
		}
	}
	call.Summary = store.Join(name, seen)
	toFront(call.Views, store.Primary(seen))
	toFront(call.Folds, store.Primary(seen))
	return call, nil
}

// toFront moves the element at i to the front and keeps the order of the others.
func toFront[T any](s []T, i int) {
	first := s[i]
	copy(s[1:i+1], s[:i])
	s[0] = first
}

func viewEvents(ctx context.Context, tx *sql.Tx, view int64) ([]trace.Event, error) {
	rows, err := tx.QueryContext(ctx, "SELECT lines FROM chunks WHERE view = ? ORDER BY id", view)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	return readEvents(rows)
}

func readEvents(rows *sql.Rows) ([]trace.Event, error) {
	var events []trace.Event
	for rows.Next() {
		var lines sql.RawBytes
		err := rows.Scan(&lines)
		if err == nil {
			events, err = appendEvents(events, slices.Clone(lines))
		}
		if err != nil {
			return nil, err
		}
	}
	inDeviceOrder(events)
	return events, rows.Err()
}
