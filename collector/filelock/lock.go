// Package filelock keeps two processes from changing the same files at a time.
package filelock

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld is wrapped by Try while another process has the lock.
var ErrHeld = errors.New("another process has it")

// Wait makes the file when it is not there, and returns once this process has its lock: until the file is closed, or the process
// ends, however it ends.
func Wait(path string) (*os.File, error) { return open(path, true) }

// Try is Wait without waiting.
func Try(path string) (*os.File, error) { return open(path, false) }

func open(path string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := take(f, wait); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}
