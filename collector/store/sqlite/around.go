package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"sidetone/trace"
)

// How many chunks of a device's own events are read around a call: before it, which reaches back over as many refreshes of a
// registration, during it, and behind it, where a device tells of what it lost. A chunk holds the events of one batch.
const (
	chunksBefore = 64
	chunksDuring = 512
	chunksBehind = 16
)

// around reads what happened to the device of a view around its call.
func around(ctx context.Context, tx *sql.Tx, device int64, call []trace.Event) ([]trace.Event, error) {
	type span struct {
		boot        trace.Boot
		first, last uint64
	}
	var runs []span
	for _, e := range call {
		i := slices.IndexFunc(runs, func(s span) bool { return s.boot == e.Boot })
		if i < 0 {
			i, runs = len(runs), append(runs, span{e.Boot, e.Seq, e.Seq})
		}
		runs[i].first, runs[i].last = min(runs[i].first, e.Seq), max(runs[i].last, e.Seq)
	}
	var own []trace.Event
	for _, s := range runs {
		var events []trace.Event
		for _, q := range []struct {
			where string
			args  []any
		}{
			{"c.first_seq <= ? ORDER BY c.first_seq DESC LIMIT ?", []any{int64(s.first), chunksBefore}},
			{"c.first_seq > ? AND c.first_seq <= ? ORDER BY c.first_seq LIMIT ?", []any{int64(s.first), int64(s.last), chunksDuring}},
			{"c.first_seq > ? ORDER BY c.first_seq LIMIT ?", []any{int64(s.last), chunksBehind}},
		} {
			more, err := ownEvents(ctx, tx, q.where, append([]any{device, int64(s.boot)}, q.args...)...)
			if err != nil {
				return nil, err
			}
			events = append(events, more...)
		}
		slices.SortStableFunc(events, func(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) })
		own = append(own, events...)
	}
	return trace.Around(own, call), nil
}

// ownEvents reads chunks of one run of a device.
func ownEvents(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]trace.Event, error) {
	rows, err := tx.QueryContext(ctx, `SELECT c.lines FROM boots b JOIN chunks c ON c.boot = b.id AND c.view IS NULL
		WHERE b.device = ? AND b.boot = ? AND `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	return readEvents(rows)
}
