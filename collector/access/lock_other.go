//go:build !unix

package access

import "os"

// lockFile does not lock here: do not run two commands that change credentials at a time.
func lockFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) }
