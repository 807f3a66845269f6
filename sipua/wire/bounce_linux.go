package wire

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// enableBounces makes the kernel keep the ICMP errors that datagrams of a socket cause, with what they quote.
func enableBounces(udp *net.UDPConn) error {
	level, option := unix.SOL_IP, unix.IP_RECVERR
	if addrPort(udp.LocalAddr()).Addr().Is6() {
		level, option = unix.SOL_IPV6, unix.IPV6_RECVERR
	}
	var inner error
	if err := control(udp, func(fd int) { inner = unix.SetsockoptInt(fd, level, option, 1) }); err != nil {
		return err
	}
	return inner
}

// control runs do with the descriptor of a socket, beside whoever waits to read it.
func control(udp *net.UDPConn, do func(fd int)) error {
	raw, err := udp.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { do(int(fd)) })
}

// bounces empties the error queue of the socket.
func (s *stampedSource) bounces() []bounce {
	var all []bounce
	_ = control(s.conn, func(fd int) { // a closed socket has no bounces
		quote, oob := make([]byte, 1500), make([]byte, 512)
		for {
			n, oobn, _, to, err := unix.Recvmsg(fd, quote, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return
			}
			b := bounce{to: peerOf(to), quote: append([]byte(nil), quote[:n]...), err: icmpError(oob[:oobn])}
			if b.err != nil {
				all = append(all, b)
			}
		}
	})
	return all
}

func peerOf(to unix.Sockaddr) netip.AddrPort {
	switch to := to.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(to.Addr), uint16(to.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(to.Addr), uint16(to.Port))
	}
	return netip.AddrPort{}
}

// icmpError reads the struct sock_extended_err of an error that is fatal by RFC 3261 18.4: unreachable, or a parameter
// problem. It is nil for any other, such as a datagram that was too long for a router.
func icmpError(oob []byte) error {
	messages, _ := unix.ParseSocketControlMessage(oob) // of what cannot be read there is none
	for _, m := range messages {
		ours := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR ||
			m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if !ours || len(m.Data) < 16 {
			continue
		}
		number, origin, kind, code := binary.NativeEndian.Uint32(m.Data), m.Data[4], m.Data[5], m.Data[6]
		if isFatal(origin, kind, code) {
			return syscall.Errno(number)
		}
	}
	return nil
}

// isFatal judges by the type and the code of ICMP (RFC 792, RFC 4443).
func isFatal(origin, kind, code byte) bool {
	const (
		unreachable4, fragmentation4, parameter4 = 3, 4, 12
		unreachable6, parameter6                 = 1, 4
	)
	switch origin {
	case unix.SO_EE_ORIGIN_ICMP:
		return kind == unreachable4 && code != fragmentation4 || kind == parameter4
	case unix.SO_EE_ORIGIN_ICMP6:
		return kind == unreachable6 || kind == parameter6
	}
	return false
}
