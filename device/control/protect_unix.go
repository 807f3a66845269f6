//go:build unix

package control

import "syscall"

// protect makes the socket its owner's alone before it has a name: on Linux the file that bind makes takes its mode from
// the socket (unix(7)).
func protect(_, _ string, conn syscall.RawConn) error {
	var err error
	if broken := conn.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) }); broken != nil {
		return broken
	}
	return err
}
