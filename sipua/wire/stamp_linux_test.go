package wire

import (
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestKernelSaysWhenADatagramArrived(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the test is over
	source := newPacketSource(conn)
	_, stamped := source.(*stampedSource)
	if err := enableStamps(conn); stamped != (err == nil) {
		t.Fatalf("source is a %T: %v", source, err)
	}
	before := time.Now()
	if _, err := conn.WriteToUDPAddrPort([]byte("x"), addrPort(conn.LocalAddr())); err != nil {
		t.Fatal(err)
	}
	awaitReadable(t, conn)
	reading := time.Now()
	p, err := source.read(make([]byte, 10))
	if err != nil {
		t.Fatal(err)
	}
	if p.size != 1 || p.from != addrPort(conn.LocalAddr()) {
		t.Errorf("read %d bytes from %s", p.size, p.from)
	}
	if !stamped { // a kernel without the option, as qemu-user is
		if !p.at.IsZero() {
			t.Errorf("stamped %s by nobody", p.at)
		}
		return
	}
	const slack = time.Millisecond // between two clocks
	if p.at.Before(before.Add(-slack)) || p.at.After(reading) {
		t.Errorf("stamped %s after the reading began", p.at.Sub(reading))
	}
}

// awaitReadable returns when a datagram is there to be read.
func awaitReadable(t *testing.T, conn *net.UDPConn) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var peeked error
	if err := raw.Read(func(fd uintptr) bool {
		_, _, peeked = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK)
		return !errors.Is(peeked, unix.EAGAIN)
	}); err != nil || peeked != nil {
		t.Fatal(err, peeked)
	}
}

func TestStampOfEitherWordSizeIsRead(t *testing.T) {
	want := time.Unix(1795252727, 123456789)
	for _, size := range []int{8, 16} {
		data := make([]byte, size)
		if size == 8 {
			binary.NativeEndian.PutUint32(data, uint32(want.Unix()))
			binary.NativeEndian.PutUint32(data[4:], uint32(want.Nanosecond()))
		} else {
			binary.NativeEndian.PutUint64(data, uint64(want.Unix()))
			binary.NativeEndian.PutUint64(data[8:], uint64(want.Nanosecond()))
		}
		message := unix.SocketControlMessage{Data: data}
		message.Header.Level, message.Header.Type = unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS
		if got, ok := kernelStamp([]unix.SocketControlMessage{message}); !ok || !got.Equal(want) {
			t.Errorf("%d bytes: got %s, %v", size, got, ok)
		}
	}
	if _, ok := kernelStamp(nil); ok {
		t.Error("a stamp out of nothing")
	}
}

func TestStampFollowsTheMonotonicClock(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name         string
		stamp, waits time.Duration
	}{
		{"just now", 0, 0},
		{"waited", -3 * time.Millisecond, 3 * time.Millisecond},
		{"clock was set back", time.Second, 0},
		{"clock was set forth", -time.Hour, 0},
	} {
		got := monotonic(now.Round(0).Add(tt.stamp), now)
		if now.Sub(got) != tt.waits {
			t.Errorf("%s: %s before now, want %s", tt.name, now.Sub(got), tt.waits)
		}
		if !strings.Contains(got.String(), "m=") {
			t.Errorf("%s: no monotonic reading", tt.name)
		}
	}
}
