package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"sidetone/collector/store"
	"sidetone/trace"
)

// database is the collector's, read beside it and without its code: the rows themselves are counted.
type database struct{ *sql.DB }

func openDatabase(path string) (database, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(ON)")
	return database{db}, err
}

// has tells whether an event has arrived.
func (d database) has(ctx context.Context, r run, seq uint64) (bool, error) {
	var seen []byte
	err := d.QueryRowContext(ctx, "SELECT b.seen FROM boots b JOIN devices d ON d.id = b.device WHERE d.device = ? AND b.boot = ?",
		r.device, int64(r.boot)).Scan(&seen)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var ranges store.Ranges
	if err := ranges.UnmarshalBinary(seen); err != nil {
		return false, err
	}
	return ranges.Contains(seq), nil
}

// events enters every line that is stored, each as often as it is.
func (d database) events(ctx context.Context) (*ledger, error) {
	rows, err := d.QueryContext(ctx, "SELECT d.device, c.lines FROM chunks c JOIN boots b ON b.id = c.boot JOIN devices d ON d.id = b.device")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	l := newLedger()
	for rows.Next() {
		var device string
		var lines []byte
		if err := rows.Scan(&device, &lines); err != nil {
			return nil, err
		}
		if len(lines) > 0 && lines[0] != '{' {
			z, err := zlib.NewReader(bytes.NewReader(lines))
			if err != nil {
				return nil, err
			}
			if lines, err = io.ReadAll(z); err != nil {
				return nil, err
			}
		}
		for line := range bytes.Lines(lines) {
			if err := l.enter(device, line); err != nil {
				return nil, fmt.Errorf("stored line of %s: %w", device, err)
			}
		}
	}
	return l, rows.Err()
}

// calls counts the calls in the store: all, and those that were answered.
func (d database) calls(ctx context.Context) (all, answered int, err error) {
	err = d.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE result = ?) FROM calls", string(trace.ResultAnswered)).Scan(&all, &answered)
	return all, answered, err
}
