//go:build !unix

package control

import "syscall"

// protect does nothing where sockets have no mode.
func protect(string, string, syscall.RawConn) error { return nil }
