package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// The sizes of a journal and of the disk that is made for it, in bytes.
const (
	journalBytes = 8 << 20
	diskBytes    = 10 << 20
)

// mountDisk gives a journal a small disk of its own.
func mountDisk(path string) error {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return err
	}
	if err := unix.Mount("faults", path, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); err != nil {
		return fmt.Errorf("mount a disk for the journal: %w", err)
	}
	return nil
}

// unmountDisk takes it away again, with what is on it.
func unmountDisk(path string) error { return unix.Unmount(path, unix.MNT_DETACH) }

// balloon is the file that a disk is filled with. No segment has such a name.
const balloon = "balloon"

// fillDisk takes all room that is left, to the last byte.
func fillDisk(path string) error {
	f, err := os.OpenFile(filepath.Join(path, balloon), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	block := make([]byte, 64<<10)
	for len(block) > 0 {
		_, err := f.Write(block)
		switch {
		case errors.Is(err, syscall.ENOSPC):
			block = block[:len(block)/2]
		case err != nil:
			return err
		}
	}
	return nil
}

// freeDisk gives the room back.
func freeDisk(path string) error { return os.Remove(filepath.Join(path, balloon)) }
