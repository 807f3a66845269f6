package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// streamListener accepts TCP connections. One goroutine runs it.
type streamListener struct {
	endpoint *Endpoint
	listener net.Listener
	local    netip.AddrPort
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
		if !l.endpoint.pool.adopt(nc, l.local) {
			l.endpoint.refuse(refuse(RefusedConnection, "too many connections"), addrPort(nc.RemoteAddr()))
			_ = nc.Close() // nothing was said on it
		}
	}
}

// dial opens a connection. It leaves from any port: the one we listen at is told by Via.
func (e *Endpoint) dial(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limits.Connect)
	defer cancel()
	if e.options.Dial != nil {
		return e.options.Dial(ctx, remote)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", remote.String())
}
