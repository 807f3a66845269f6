// Package sqlite is the store for one machine: one file, no server.
//
// The database runs in WAL mode with synchronous=FULL: a commit has reached the disk when Write returns. There is one
// writer, guarded by a mutex, that keeps what it needs between writes (which events were seen, the calls that are up)
// in a cache; after an error the cache is dropped and read again. Readers have connections of their own and see
// whole writes only. A lock file keeps a second process out, because it would not know of that cache.
//
// Event lines are stored as the batches they came in, split by call and deflated, not one row an event.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"sidetone/collector/filelock"
	"sidetone/collector/store"
)

const readers = 8

// ErrInUse is what Open fails with while another process has the database.
var ErrInUse = errors.New("another collector is using it")

// Store implements store.Store. Make one with Open.
type Store struct {
	path string
	lock *os.File
	hub  store.Hub
	read *sql.DB

	mu     sync.Mutex // guards all below
	closed bool
	db     *sql.DB
	file   os.FileInfo // of the database as it was opened
	conn   *session
	cache  *cache
}

var _ store.Store = (*Store)(nil)

// Open opens the database file at path, creates it and its folder when they are missing, and brings its schema up to
// date.
func Open(ctx context.Context, path string) (_ *Store, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	s := &Store{path: path, cache: newCache()}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open database %s: %w", path, errors.Join(err, s.release()))
		}
	}()
	if s.lock, err = filelock.Try(path + ".lock"); err != nil {
		if errors.Is(err, filelock.ErrHeld) {
			err = ErrInUse
		}
		return nil, err
	}
	if s.db, err = sql.Open("sqlite", dsn(path, false)); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	if s.conn, err = newSession(ctx, s.db); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.conn); err != nil {
		return nil, err
	}
	if s.file, err = os.Stat(path); err != nil {
		return nil, err
	}
	if s.read, err = sql.Open("sqlite", dsn(path, true)); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

// dsn spells the pragmas that every connection of a pool is opened with.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)",
	}}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// inPlace tells whether the database is still the file that its path names. Into one that was removed or replaced SQLite
// goes on writing, and nobody would ever find it again.
func (s *Store) inPlace() error {
	there, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("the database was removed while in use: %w", err)
	}
	if !os.SameFile(s.file, there) {
		return errors.New("the database was replaced while in use")
	}
	return nil
}

// Watch implements store.Reader.
func (s *Store) Watch(ctx context.Context) <-chan store.Change { return s.hub.Watch(ctx) }

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.release(); err != nil {
		return fmt.Errorf("close database %s: %w", s.path, err)
	}
	return nil
}

// release closes what is open, in the order that lets SQLite fold the write-ahead log into the file.
func (s *Store) release() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
