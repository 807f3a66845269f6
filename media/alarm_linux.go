package media

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// timerfdAlarm is a kernel timer on the monotonic clock with absolute expiry. The runtime's poller waits for it, so it costs
// no thread, and it is not rounded to the poller's milliseconds.
type timerfdAlarm struct {
	file *os.File

	// The same instant on both clocks: time.Time hides its monotonic reading.
	epoch     time.Time
	epochMono int64
	read      [8]byte
}

func newAlarm() (Alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create timer: %w", err)
	}
	epoch := time.Now() // first, so that the kernel's clock is ahead and never wakes early
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("read the monotonic clock: %w", err)
	}
	return &timerfdAlarm{file: os.NewFile(uintptr(fd), "timerfd"), epoch: epoch, epochMono: ts.Nano()}, nil
}

func (a *timerfdAlarm) Set(at time.Time) {
	var spec unix.ItimerSpec // all zero disarms
	if !at.IsZero() {
		spec.Value = unix.NsecToTimespec(max(1, a.epochMono+at.Sub(a.epoch).Nanoseconds()))
	}
	conn, err := a.file.SyscallConn()
	if err != nil {
		return // closed
	}
	// Control keeps the descriptor from being closed, and its number from being reused, meanwhile.
	_ = conn.Control(func(fd uintptr) { _ = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME, &spec, nil) })
}

func (a *timerfdAlarm) Wait() bool {
	_, err := a.file.Read(a.read[:])
	return err == nil && binary.NativeEndian.Uint64(a.read[:]) > 0
}

func (a *timerfdAlarm) Close() error { return a.file.Close() }
