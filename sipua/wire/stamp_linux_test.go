package wire

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestKernelSaysWhenADatagramArrived(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the test is over
	source := newPacketSource(conn)
	if _, ok := source.(*stampedSource); !ok {
		t.Fatalf("source is a %T", source)
	}
	before := time.Now()
	var first time.Time // when the first had been sent
	for range 100 {
		if _, err := conn.WriteToUDPAddrPort([]byte("x"), addrPort(conn.LocalAddr())); err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = time.Now()
		}
	}
	p, err := source.read(make([]byte, 10)) // late, as 99 more were sent: the stamp must not be
	if err != nil {
		t.Fatal(err)
	}
	if p.size != 1 || p.from != addrPort(conn.LocalAddr()) {
		t.Errorf("read %d bytes from %s", p.size, p.from)
	}
	const slack = 20 * time.Microsecond // between two readings of the clock
	if p.at.Before(before.Add(-slack)) || p.at.After(first.Add(slack)) {
		t.Errorf("stamped %s after it was sent", p.at.Sub(first))
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
		oob := make([]byte, unix.CmsgSpace(size))
		h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
		h.Level, h.Type = unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS
		h.SetLen(unix.CmsgLen(size))
		copy(oob[unix.CmsgLen(0):], data)
		if got, ok := kernelStamp(oob); !ok || !got.Equal(want) {
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
		if got == got.Round(0) {
			t.Errorf("%s: no monotonic reading", tt.name)
		}
	}
}
