package wire

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// filtered is a socket with the filter. A kernel without it, as qemu-user is, has nothing to prove.
func filtered(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		program := unix.SockFprog{Len: uint16(len(junkFilter)), Filter: &junkFilter[0]}
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("no socket filters: %v", err)
	}
	filterJunk(conn)
	return conn
}

func TestKernelKeepsJunkOutAndTellsHowMuch(t *testing.T) {
	conn := filtered(t)
	source := newPacketSource(conn)
	send := func(data string) {
		if _, err := conn.WriteToUDPAddrPort([]byte(data), addrPort(conn.LocalAddr())); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	dropped := 0
	for first := range 256 {
		send(string([]byte{byte(first)}) + " more")
		if passes := first == '\r' || first == '\n' || first > ' ' && first < 0x7f; !passes {
			dropped++
			continue
		}
		p, err := source.read(make([]byte, 100))
		if err != nil {
			t.Fatalf("first octet %#x: %v", first, err)
		}
		if p.size != 6 {
			t.Errorf("first octet %#x: %d octets of 6", first, p.size)
		}
		if p.dropped != dropped {
			t.Errorf("first octet %#x: %d dropped, want %d", first, p.dropped, dropped)
		}
		dropped = 0
	}
}

func TestFilterKeepsNothingThatIsNotJunk(t *testing.T) {
	for first := range 256 {
		raw := []byte{byte(first)}
		if kept := first == '\r' || first == '\n' || first > ' ' && first < 0x7f; !kept && !isJunk(raw) {
			t.Errorf("first octet %#x is dropped in the kernel and is no junk", first)
		}
	}
}
