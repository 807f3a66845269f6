package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
)

// acceptPause is how long it takes to try again when the system has no file descriptor left.
const acceptPause = 100 * time.Millisecond

// listener accepts connections for the broker. It bounds their number and the time they take to introduce themselves,
// outlives a panic in the handling of one, and when closed waits for all of them.
type listener struct {
	id     string
	inner  net.Listener
	secure *tls.Config // nil without TLS
	crowd  *crowd
	stats  *ingest.Stats
	logger *zap.Logger

	done chan struct{} // closed by Close
	wg   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

var _ listeners.Listener = (*listener)(nil)

func newListener(id string, inner net.Listener, secure *tls.Config, c *crowd, stats *ingest.Stats, logger *zap.Logger) *listener {
	return &listener{
		id: id, inner: inner, secure: secure, crowd: c, stats: stats, logger: logger,
		done: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
}

// Init implements listeners.Listener.
func (l *listener) Init(*slog.Logger) error { return nil }

// ID implements listeners.Listener.
func (l *listener) ID() string { return l.id }

// Address implements listeners.Listener.
func (l *listener) Address() string { return l.inner.Addr().String() }

// Protocol implements listeners.Listener.
func (l *listener) Protocol() string { return l.inner.Addr().Network() }

// Serve implements listeners.Listener: it accepts until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	if !l.begin(nil) {
		return
	}
	defer l.wg.Done()
	for {
		conn, err := l.inner.Accept()
		if err != nil {
			select {
			case <-l.done:
				return
			case <-time.After(acceptPause):
				continue
			}
		}
		p := newPeer(conn)
		if reason := l.crowd.enter(p.addr); reason != "" {
			l.refuse(p, reason)
			_ = conn.Close() // turned away; there is nobody to tell
			continue
		}
		if !l.begin(conn) {
			l.crowd.leave(p.addr)
			_ = conn.Close()
			continue
		}
		go l.serve(p, establish)
	}
}

// begin counts one more goroutine, and its connection if it has one, unless everything ends.
func (l *listener) begin(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if conn != nil {
		l.conns[conn] = struct{}{}
	}
	l.wg.Add(1)
	return true
}

func (l *listener) refuse(p *peer, reason string) {
	r := store.Refusal{Reason: reason, Last: time.Now().UTC()}
	if p.addr.IsValid() {
		r.Address = p.addr.String()
	}
	l.stats.RefuseOf(r)
}

func (l *listener) serve(p *peer, establish listeners.EstablishFn) {
	conn := p.Conn
	defer l.wg.Done()
	defer func() {
		l.mu.Lock()
		delete(l.conns, conn)
		l.mu.Unlock()
		l.crowd.leave(p.addr)
		_ = conn.Close() // usually closed by the broker already
	}()
	defer func() {
		if r := recover(); r != nil {
			l.refuse(p, refusedPanic)
			l.logger.Error("a connection's handling panicked", zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
		}
	}()
	// The broker sets a deadline of its own after CONNECT, from the keep-alive.
	if err := conn.SetDeadline(time.Now().Add(helloWithin)); err != nil {
		return
	}
	if l.secure != nil {
		secured := tls.Server(conn, l.secure)
		if err := secured.HandshakeContext(context.Background()); err != nil {
			l.refuse(p, refusedHandshake)
			return
		}
		p.Conn = secured
	}
	err := p.hello()
	if err == nil {
		err = establish(l.ID(), p)
	}
	if brokeProtocol(err) {
		l.refuse(p, refusedProtocol)
	}
}

// brokeProtocol tells from how a connection ended whether the client did what MQTT forbids. Other ends are its own
// affair, or were counted when they were decided.
func brokeProtocol(err error) bool {
	var code packets.Code
	switch {
	case errors.Is(err, errHello):
		return true
	case errors.Is(err, errRefused), !errors.As(err, &code):
		return false
	default:
		return !slices.Contains([]packets.Code{
			packets.CodeDisconnect, packets.ErrSessionTakenOver, packets.ErrAdministrativeAction, packets.ErrServerShuttingDown, packets.ErrNotAuthorized,
		}, code)
	}
}

// Close implements listeners.Listener: it hangs up on everybody and waits. MQTT 3.1.1 has no way for a server to say
// goodbye, so the broker's own way of closing clients is left aside.
func (l *listener) Close(listeners.CloseFn) {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.done)
	}
	for conn := range l.conns {
		_ = conn.Close()
	}
	l.mu.Unlock()
	_ = l.inner.Close()
	l.wg.Wait()
}
