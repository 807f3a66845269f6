//go:build linux && !small

package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// console is the terminal of this process: its keys without waiting for the end of a line, and its screen. It belongs to one
// goroutine.
type console struct {
	in, out    *os.File
	take, give string        // what prepares the screen and gives it back
	before     *unix.Termios // as it was found
	signals    chan os.Signal
	buffer     [256]byte
}

var errNoTerminal = errors.New("browse needs a terminal; sidetone-agent trace show last writes a call without one")

// openConsole takes the terminal that the process was started in.
func openConsole(in io.Reader, out io.Writer) (*console, error) {
	c := &console{signals: make(chan os.Signal, 16)}
	var isFile [2]bool
	c.in, isFile[0] = in.(*os.File)
	c.out, isFile[1] = out.(*os.File)
	if isFile != [2]bool{true, true} {
		return nil, errNoTerminal
	}
	if _, isTerminal := terminalColumns(c.out); !isTerminal {
		return nil, errNoTerminal
	}
	var err error
	if c.before, err = unix.IoctlGetTermios(int(c.in.Fd()), unix.TCGETS); err != nil {
		return nil, errNoTerminal
	}
	return c, nil
}

// caught are the signals that must not leave the terminal as it is while it is used.
var caught = []os.Signal{
	unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGCONT, unix.SIGWINCH,
}

// hold lends the terminal to use, and gives it back as it was, whatever comes of that.
func (c *console) hold(use func() error) error {
	signal.Notify(c.signals, caught...)
	defer signal.Stop(c.signals)
	defer c.leave()
	if err := c.enter(); err != nil {
		return err
	}
	return use()
}

// What prepares a screen and gives it back: 1049 is xterm's second screen, 25 the cursor. A plain one is left below the last frame.
const (
	takeScreen = "\x1b[?1049h\x1b[?25l"
	giveScreen = "\x1b[?1049l\x1b[?25h"
	takePlain  = "\x1b[?25l"
	givePlain  = "\x1b[999H\x1b[?25h\r\n"
)

// enter takes keys one by one and without echo. Signals and flow control stay as they are: a serial line may need both.
func (c *console) enter() error {
	raw := *c.before
	raw.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN
	raw.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(c.in.Fd()), unix.TCSETS, &raw); err != nil {
		return err
	}
	return c.write([]byte(c.take))
}

// leave gives the terminal back as it was found.
func (c *console) leave() {
	_ = c.write([]byte(c.give))
	_ = unix.IoctlSetTermios(int(c.in.Fd()), unix.TCSETS, c.before)
}

// suspend does what SIGTSTP does, with the terminal given back meanwhile. A process of an orphaned group is not stopped, as nobody
// would continue it (POSIX.1-2017, XSH 2.4.3). The signal's own action can't be had back from Go's runtime, so it is SIGSTOP.
func (c *console) suspend() error {
	parent := unix.Getppid()
	session, _ := unix.Getsid(parent) // -1 where it can't be told
	own, _ := unix.Getsid(0)
	group, _ := unix.Getpgid(parent)
	if session != own || group == unix.Getpgrp() {
		return nil
	}
	c.leave()
	if err := unix.Kill(unix.Getpid(), unix.SIGSTOP); err != nil {
		return errors.Join(err, c.enter())
	}
	// Another thread may be the one that is stopped first, so this one waits to be continued.
	for s := range c.signals {
		if s != unix.SIGTSTP && s != unix.SIGWINCH && s != unix.SIGCONT {
			c.signals <- s // one that ends the view
		}
		if s != unix.SIGTSTP && s != unix.SIGWINCH {
			break
		}
	}
	return c.enter()
}

// size is how many columns and lines there are: those of a VT100 where nobody knows, as on a serial line.
func (c *console) size() (width, height int) {
	s, err := unix.IoctlGetWinsize(int(c.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || s.Col == 0 || s.Row == 0 {
		return plainWidth, 24
	}
	return int(s.Col), int(s.Row)
}

func (c *console) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := c.out.Write(b)
	return err
}

// read waits for keys, or for a signal. It gives none when the time is over, and io.EOF when the terminal has gone.
func (c *console) read(patience time.Duration) ([]byte, error) {
	waiting := []unix.PollFd{{Fd: int32(c.in.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(waiting, int(patience/time.Millisecond))
	if errors.Is(err, unix.EINTR) || err == nil && n == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n, err = c.in.Read(c.buffer[:])
	return c.buffer[:max(n, 0)], err
}
