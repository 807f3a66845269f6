package technician

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

// serve answers the requests of one connection, one after the other.
func (s *Server) serve(ctx context.Context, conn net.Conn, from netip.Addr) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	limited := &io.LimitedReader{R: conn}
	in := bufio.NewReaderSize(limited, 4<<10)
	for asked := range maxRequests {
		limited.N = maxHead
		_ = conn.SetReadDeadline(time.Now().Add(idleTime))
		if _, err := in.Peek(1); err != nil {
			return // the browser has gone, or has nothing to ask
		}
		_ = conn.SetReadDeadline(time.Now().Add(headTime))
		r, err := readRequest(in)
		answer := s.answer(ctx, r, err, limited.N <= 0, from)
		answer.closing = answer.closing || err != nil || r.closing || asked == maxRequests-1
		_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := conn.Write(answer.encode(s.options.Now(), r != nil && r.method == http.MethodHead)); err != nil {
			return
		}
		if answer.closing {
			break
		}
	}
	linger(conn)
}

// linger lets the other end read the last answer: what it has sent and nobody reads would have the kernel tear the connection
// down, answer and all (RFC 9112 section 9.6).
func linger(conn net.Conn) {
	if c, ok := conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, conn, 4*maxHead)
	}
}

// answer judges a request, and has the site answer it.
func (s *Server) answer(ctx context.Context, r *request, err error, long bool, from netip.Addr) *reply {
	switch {
	case long:
		return refusal(http.StatusRequestHeaderFieldsTooLarge, "the request is too long")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal(http.StatusRequestTimeout, "the request did not arrive in time")
	case err != nil:
		return refusal(http.StatusBadRequest, "this is no request that can be understood")
	}
	if refused := vet(r, s.options.Hosts); refused != nil {
		return refused
	}
	if refused := s.sources.admit(s.options.Now(), from, r); refused != nil {
		if refused.failed {
			s.loginFailed(from)
		}
		return refused
	}
	ctx, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	return s.site.answer(ctx, r)
}
