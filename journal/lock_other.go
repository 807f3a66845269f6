//go:build !unix

package journal

import "os"

// lockFile does nothing where there is no flock: such systems run the agent for development only.
func lockFile(*os.File) error { return nil }
