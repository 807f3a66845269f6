package wire

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// junkFilter runs in the kernel, before a datagram takes room in the socket's buffer: under a flood what is dropped for
// want of room is good and bad alike. It looks at the first octet of the payload, behind the eight of the UDP header. A
// message begins with one that is printable, a keep-alive with CR or LF; an empty datagram has none and is dropped too.
// Of what it lets through isJunk says more.
var junkFilter = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 8},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: '\r', Jt: 4},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: '\n', Jt: 3},
	{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: '!', Jf: 1},
	{Code: unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K, K: '~', Jf: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	{Code: unix.BPF_RET | unix.BPF_K, K: 1 << 20},
}

// filterJunk puts the filter before a socket, and has the kernel tell how many datagrams were dropped there. A kernel that
// can do neither leaves the work to isJunk.
func filterJunk(udp *net.UDPConn) {
	_ = control(udp, func(fd int) {
		program := unix.SockFprog{Len: uint16(len(junkFilter)), Filter: &junkFilter[0]}
		_ = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	})
}

// makeRoom asks for the receive buffer, beyond the limit of the system where the agent may. A kernel may grant less.
func makeRoom(udp *net.UDPConn) {
	err := errors.ErrUnsupported
	_ = control(udp, func(fd int) { err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) })
	if err != nil {
		_ = udp.SetReadBuffer(receiveBuffer)
	}
}
