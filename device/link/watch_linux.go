package link

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	settle = 300 * time.Millisecond // of quiet, before a change is told
	atMost = 2 * time.Second        // that a change waits while there is no quiet
)

// groups are the multicast groups that tell of links and addresses (rtnetlink(7)).
const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR

// receiveBuffer is more than the kernel packs into one datagram (netlink(7)).
const receiveBuffer = 64 << 10

// Watcher is a netlink socket. Make one with Open; Run closes it.
type Watcher struct {
	socket *os.File
	state  *state
}

// Open begins to watch: what changes from now on will be told.
func Open() (*Watcher, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("bind netlink socket: %w", err)
	}
	w := &Watcher{socket: os.NewFile(uintptr(fd), "netlink"), state: newState()}
	if err := w.askForAll(fd); err != nil {
		_ = w.socket.Close()
		return nil, err
	}
	return w, nil
}

// askForAll has the kernel tell what there is already: its answers are the first messages.
func (w *Watcher) askForAll(fd int) error {
	for _, kind := range []uint16{unix.RTM_GETLINK, unix.RTM_GETADDR} {
		if err := w.ask(fd, kind); err != nil {
			return fmt.Errorf("ask for interfaces: %w", err)
		}
	}
	return nil
}

// ask sends a dump request and takes its answer, of which nothing is told.
func (w *Watcher) ask(fd int, kind uint16) error {
	if err := unix.Sendto(fd, dumpRequest(kind), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buf := make([]byte, receiveBuffer)
	if err := w.socket.SetReadDeadline(time.Now().Add(atMost)); err != nil {
		return err
	}
	for {
		n, err := w.socket.Read(buf)
		if err != nil {
			return err
		}
		messages, done, err := parse(buf[:n])
		if err != nil {
			return err
		}
		for _, m := range messages {
			w.state.take(m, new(Change))
		}
		if done {
			return w.socket.SetReadDeadline(time.Time{})
		}
	}
}

// Run tells of changes until ctx is done, and closes the socket. report runs on Run's goroutine.
func (w *Watcher) Run(ctx context.Context, report func(Change)) error {
	stop := context.AfterFunc(ctx, func() { _ = w.socket.Close() })
	defer stop()
	buf := make([]byte, receiveBuffer)
	var pending Change
	var since time.Time // of the first change that was not told
	for {
		if err := w.socket.SetReadDeadline(deadline(pending, since)); err != nil {
			return ended(ctx, err)
		}
		n, err := w.socket.Read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			report(pending)
			pending = Change{}
			continue
		case errors.Is(err, unix.ENOBUFS): // messages were lost (netlink(7)); the next ones tell how it is now
			pending.Addresses = true
		case err != nil:
			return ended(ctx, err)
		}
		if pending.empty() {
			since = time.Now()
		}
		messages, _, err := parse(buf[:max(n, 0)])
		if err != nil {
			continue // not the kernel's; there is nothing to learn from it
		}
		for _, m := range messages {
			w.state.take(m, &pending)
		}
	}
}

// deadline is when what is pending is told, if nothing else comes; never while there is nothing.
func deadline(pending Change, since time.Time) time.Time {
	if pending.empty() {
		return time.Time{}
	}
	quiet, last := time.Now().Add(settle), since.Add(atMost)
	if last.Before(quiet) {
		return last
	}
	return quiet
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("watch interfaces: %w", err)
}
