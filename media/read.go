package media

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/zap"
)

// maxDatagram is more than any packet here may have; what fills the buffer was cut off.
const maxDatagram = 2048

func (s *Session) readRTP() {
	var p rtp.Packet
	s.read(s.rtp, func(data []byte, from netip.AddrPort, now time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.in.packet(data, from, now, &p)
	})
}

func (s *Session) readRTCP() {
	s.read(s.rtcp, func(data []byte, _ netip.AddrPort, now time.Time) { s.control(data, now) })
}

// read takes datagrams until the socket is closed. An error that stays ends it too: one bad socket must not eat the processor.
func (s *Session) read(c conn, take func([]byte, netip.AddrPort, time.Time)) {
	buf := make([]byte, maxDatagram)
	for failures := 0; failures < 10; {
		n, from, err := c.read(buf)
		now := time.Now()
		switch {
		case errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
			return
		case err != nil:
			failures++
			s.log.Warn("read media", zap.Error(err))
		default:
			failures = 0
			take(buf[:n], from, now)
		}
	}
}
