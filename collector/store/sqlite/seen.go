package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// LastSeen tells, by device, when something last came from it, while a collector may be running. It is empty where there
// is no database yet.
func LastSeen(ctx context.Context, path string) (_ map[string]time.Time, err error) {
	seen := map[string]time.Time{}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return seen, nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("read database %s: %w", path, err)
		}
	}()
	db, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT device, last_seen FROM devices WHERE last_seen > 0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var device string
		var at int64
		if err := rows.Scan(&device, &at); err != nil {
			return nil, err
		}
		seen[device] = fromMicros(at)
	}
	return seen, rows.Err()
}
