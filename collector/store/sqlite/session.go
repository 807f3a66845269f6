package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// session is the writer's one connection with its prepared statements. It is not safe for concurrent use.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

func (s *session) close() error {
	var errs []error
	for _, st := range s.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// atomically runs f inside one transaction. A failed commit leaves the transaction open in SQLite, so it is rolled
// back like any other error.
func (s *session) atomically(ctx context.Context, f func() error) error {
	if err := s.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = s.exec(ctx, "COMMIT")
	}
	if err == nil {
		return nil
	}
	if back := s.exec(ctx, "ROLLBACK"); back != nil {
		// SQLite rolls back by itself on a full disk and on input/output errors; then there is nothing left to undo.
		return err
	}
	return err
}

func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	s.stmts[query] = st
	return st, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) error {
	st, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx, args...)
	return err
}

// insert returns the number of the new row.
func (s *session) insert(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func (s *session) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (s *session) row(ctx context.Context, query string, args ...any) (*sql.Row, error) {
	st, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return nil, err
	}
	return st.QueryRowContext(ctx, args...), nil
}

// one scans the first row into dest and reports whether there was one.
func (s *session) one(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	row, err := s.row(ctx, query, args...)
	if err != nil {
		return false, err
	}
	err = row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
