package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes the content and the length durable, but not the times, which would cost another write.
func syncData(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}
