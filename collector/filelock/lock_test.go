//go:build unix

package filelock_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sidetone/collector/filelock"
)

func TestLockIsHeldUntilItsFileIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Try(path); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("a second lock: %v", err)
	}
	var given atomic.Bool
	waited := make(chan error)
	go func() {
		second, err := filelock.Wait(path)
		if err == nil && !given.Load() {
			err = errors.New("it did not wait")
		}
		waited <- errors.Join(err, second.Close())
	}()
	given.Store(true)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	third, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

func TestLockThatCannotBeMadeNamesItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "lock")
	if _, err := filelock.Try(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}
