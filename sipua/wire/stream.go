package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// streamListener accepts TCP connections, for TCP or TLS. One goroutine runs it.
type streamListener struct {
	endpoint  *Endpoint
	transport string
	listener  net.Listener
	local     netip.AddrPort
}

// run accepts until the listener is closed.
func (l *streamListener) run(ctx context.Context) {
	var pause backoff
	for {
		nc, err := l.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !pause.wait(ctx) {
				return
			}
			continue
		}
		pause = backoff{}
		if !l.endpoint.admit(time.Now(), addrPort(nc.RemoteAddr())) {
			_ = nc.Close() // nothing was said on it
			continue
		}
		if !l.endpoint.pool.adopt(nc, l.transport, l.local) {
			l.endpoint.refuse(refuse(RefusedConnection, "too many connections"), addrPort(nc.RemoteAddr()))
			_ = nc.Close() // nothing was said on it
		}
	}
}

// dial opens a connection within a time. It leaves from any port: the one we listen at is told by Via.
func (e *Endpoint) dial(ctx context.Context, flow Flow, within time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	connect := e.options.Dial
	if connect == nil {
		connect = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", remote.String())
		}
	}
	nc, err := connect(ctx, flow.Remote)
	if err != nil || flow.Transport != TLS {
		return nc, err
	}
	return e.security.client(ctx, nc, flow.domain())
}
