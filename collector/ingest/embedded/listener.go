package embedded

import (
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/zap"

	"sidetone/collector/ingest"
)

// acceptPause is how long it takes to try again when the system has no file descriptor left.
const acceptPause = 100 * time.Millisecond

// listener accepts connections for the broker. It bounds their number and the time they take to introduce themselves,
// outlives a panic in the handling of one, and when closed waits for all of them.
type listener struct {
	inner  net.Listener
	stats  *ingest.Stats
	logger *zap.Logger

	done chan struct{} // closed by Close
	wg   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

var _ listeners.Listener = (*listener)(nil)

func newListener(inner net.Listener, stats *ingest.Stats, logger *zap.Logger) *listener {
	return &listener{inner: inner, stats: stats, logger: logger, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}
}

// Init implements listeners.Listener.
func (l *listener) Init(*slog.Logger) error { return nil }

// ID implements listeners.Listener.
func (l *listener) ID() string { return "devices" }

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
		if !l.begin(conn) {
			_ = conn.Close() // turned away; there is nobody to tell
			continue
		}
		go l.serve(conn, establish)
	}
}

// begin counts one more goroutine, and its connection if it has one, unless that is one too many.
func (l *listener) begin(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if conn != nil {
		if len(l.conns) >= maxConnections {
			l.stats.Refuse(refusedConnections)
			return false
		}
		l.conns[conn] = struct{}{}
	}
	l.wg.Add(1)
	return true
}

func (l *listener) serve(conn net.Conn, establish listeners.EstablishFn) {
	defer l.wg.Done()
	defer func() {
		l.mu.Lock()
		delete(l.conns, conn)
		l.mu.Unlock()
		_ = conn.Close() // usually closed by the broker already
	}()
	defer func() {
		if p := recover(); p != nil {
			l.stats.Refuse(refusedPanic)
			l.logger.Error("a connection's handling panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	// The broker sets a deadline of its own after CONNECT, from the keep-alive.
	if err := conn.SetDeadline(time.Now().Add(helloWithin)); err != nil {
		return
	}
	if brokeProtocol(establish(l.ID(), conn)) {
		l.stats.Refuse(refusedProtocol)
	}
}

// brokeProtocol tells from how a connection ended whether the client did what MQTT forbids. Other ends are its own
// affair, or were counted when they were decided.
func brokeProtocol(err error) bool {
	var code packets.Code
	switch {
	case errors.Is(err, errRefused), !errors.As(err, &code):
		return false
	default:
		return code != packets.CodeDisconnect && code != packets.ErrSessionTakenOver && code != packets.ErrServerShuttingDown
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
