//go:build unix

package control

import "syscall"

// umask sets the mode bits that new files are made without, and returns the previous ones.
func umask(mask int) int { return syscall.Umask(mask) }
