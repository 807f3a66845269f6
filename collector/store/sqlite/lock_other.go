//go:build !unix

package sqlite

import "os"

// lockFile only marks the database where the system has no advisory locks that end with the process.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
