package ttytest

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pair opens a pseudo-terminal: what a program sees, and the other end of its line.
func Pair(width, height int) (terminal, line *os.File, err error) {
	line, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(line.Fd())
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = SetSize(line, width, height)
	}
	if err == nil {
		terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(n)), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = line.Close()
		return nil, nil, err
	}
	return terminal, line, nil
}

// SetSize tells a terminal how large it is; its program gets SIGWINCH.
func SetSize(f *os.File, width, height int) error {
	return unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
}
