package wire

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// stampedSource reads a UDP socket with the time at which the kernel received each datagram: a busy machine may come
// to read it much later, and a trace must not say so.
type stampedSource struct {
	conn    *net.UDPConn
	oob     []byte
	dropped uint32 // datagrams that the kernel has dropped so far
}

func newPacketSource(conn net.PacketConn) packetSource {
	udp, ok := conn.(*net.UDPConn)
	if !ok || enableStamps(udp) != nil {
		return plainSource{conn}
	}
	_ = enableBounces(udp)                                                                    // a kernel without it tells of nothing
	return &stampedSource{conn: udp, oob: make([]byte, unix.CmsgSpace(16)+unix.CmsgSpace(4))} // a timespec has 8 or 16 bytes
}

func enableStamps(udp *net.UDPConn) error {
	raw, err := udp.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) {
		inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil {
		return err
	}
	return inner
}

func (s *stampedSource) read(buf []byte) (packet, error) {
	n, oobn, _, from, err := s.conn.ReadMsgUDPAddrPort(buf, s.oob)
	p := packet{size: n, from: netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}
	if err != nil {
		return p, err
	}
	messages, _ := unix.ParseSocketControlMessage(s.oob[:oobn]) // a datagram without a stamp is still one
	if stamp, ok := kernelStamp(messages); ok {
		p.at = monotonic(stamp, time.Now())
	}
	if dropped, ok := kernelDrops(messages); ok {
		p.dropped = int(dropped - s.dropped)
		s.dropped = dropped
	}
	return p, nil
}

// kernelDrops finds the count of SO_RXQ_OVFL, which is there once something was dropped, and wraps around.
func kernelDrops(messages []unix.SocketControlMessage) (uint32, bool) {
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4 {
			return binary.NativeEndian.Uint32(m.Data), true
		}
	}
	return 0, false
}

// kernelStamp finds the struct timespec of SO_TIMESTAMPNS. Its fields are 32 or 64 bits wide, as long is.
func kernelStamp(messages []unix.SocketControlMessage) (time.Time, bool) {
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_TIMESTAMPNS {
			continue
		}
		switch len(m.Data) {
		case 8:
			sec, nsec := binary.NativeEndian.Uint32(m.Data), binary.NativeEndian.Uint32(m.Data[4:])
			return time.Unix(int64(int32(sec)), int64(int32(nsec))), true
		case 16:
			sec, nsec := binary.NativeEndian.Uint64(m.Data), binary.NativeEndian.Uint64(m.Data[8:])
			return time.Unix(int64(sec), int64(nsec)), true
		}
	}
	return time.Time{}, false
}

// monotonic puts the kernel's time, which is of the wall clock alone, on the monotonic clock of now. A stamp from the
// future, or one older than a datagram may wait, tells of a clock that was set in between: then it is now.
func monotonic(stamp, now time.Time) time.Time {
	const oldest = 10 * time.Second
	waited := now.Round(0).Sub(stamp)
	if waited < 0 || waited > oldest {
		return now
	}
	return now.Add(-waited)
}
