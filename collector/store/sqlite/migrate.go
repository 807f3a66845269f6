package sqlite

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the migrations that the database has not seen, in order, each in a transaction of its own. SQLite's
// user_version counts them; a database from a newer program is refused.
func migrate(ctx context.Context, s *session) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	var version int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if version > len(files) {
		return fmt.Errorf("schema version %d is newer than this program's %d", version, len(files))
	}
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, f.Name())
	}
	slices.Sort(names)
	for i, name := range names[version:] {
		script, err := migrations.ReadFile("migrations/" + name)
		if err != nil {
			return err
		}
		err = s.atomically(ctx, func() error {
			if _, err := s.conn.ExecContext(ctx, string(script)); err != nil {
				return err
			}
			_, err := s.conn.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(version+i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate %s: %w", name, err)
		}
	}
	return nil
}
