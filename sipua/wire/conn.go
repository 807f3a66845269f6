package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrShutdown is why a message could not be sent: the endpoint is closing.
var ErrShutdown = errors.New("endpoint is shut down")

// ConnectError is why a message was not sent: there was no connection to its peer, and none could be opened. The peer
// has nothing of it.
type ConnectError struct {
	Remote netip.AddrPort
	Err    error
}

// Error names the peer.
func (e *ConnectError) Error() string { return fmt.Sprintf("connect to %s: %v", e.Remote, e.Err) }

// Unwrap is the reason.
func (e *ConnectError) Unwrap() error { return e.Err }

// conn is one TCP connection, or TLS over one. Its writer goroutine opens it, if it was not accepted, and writes; its reader goroutine
// reads. It ends when either side does, when it idles, or by finish.
type conn struct {
	endpoint *Endpoint
	flow     Flow // Local, guarded by pool.mu, is zero until the connection is open
	accepted bool
	within   time.Duration // that opening it may take
	conn     net.Conn      // set, under mu, before the reader starts
	lost     atomic.Bool   // the framing: nothing more is read
	opened   time.Time     // when it was accepted, or its opening began
	active   atomic.Int64  // nanoseconds from opened to the last read or write
	pinged   atomic.Bool   // nothing was read since the last Ping
	dropped  atomic.Bool   // nothing new goes over it
	alias    peer          // where its peer listens, if requests may go there over it (RFC 5923); guarded by pool.mu

	certificate *x509.Certificate // that the peer of an accepted connection has shown, nil for none; set before the reader starts
	done        chan struct{}     // closed when the reader has ended
	refused     error             // the peer ended TLS with this, set before done is closed
	heard       atomic.Bool       // something was read

	// unheard are the messages written before anything was read, on a secure connection that we opened: in TLS 1.3 the
	// peer judges our certificate when we have begun to write. Only the writer touches it.
	unheard []item

	cancel context.CancelFunc // gives up opening it
	wake   chan struct{}      // one slot: the queue has something, or closing was set
	mu     sync.Mutex
	queue  []item
	queued int  // bytes in queue
	closed bool // nothing more is queued
}

// item is a message in a queue.
type item struct {
	Outbound
	ping    bool // a keep-alive: nobody is told when it is not sent
	retried bool // on a connection of its own, as the first one was found dead
}

func newConn(e *Endpoint, flow Flow, accepted bool) *conn {
	return &conn{
		endpoint: e, flow: flow, accepted: accepted, opened: time.Now(),
		done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// serves says whether the connection may carry what is new toward a flow. Over TLS it must have been opened for that
// domain, as the certificate of one is not that of another; or the peer that opened it has asked for what is new, with a
// certificate of that domain.
func (c *conn) serves(f Flow) bool {
	switch {
	case f.Transport != TLS:
		return true
	case c.accepted:
		return c.alias.remote == f.Remote && matchDomain(c.certificate, f.domain()) == nil
	}
	return sameDomain(c.flow.domain(), f.domain())
}

func (c *conn) touch() { c.active.Store(int64(time.Since(c.opened))) }

func (c *conn) lastActive() time.Time { return c.opened.Add(time.Duration(c.active.Load())) }

// idle says whether nothing was read or written for as long as a connection is kept.
func (c *conn) idle() bool { return time.Since(c.lastActive()) >= c.endpoint.limits.Idle }

// enqueue adds to what the writer writes. It returns net.ErrClosed on a connection that has ended.
func (c *conn) enqueue(i item) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	if c.queued+len(i.Raw) > c.endpoint.limits.Backlog {
		return ErrBacklog
	}
	c.queue = append(c.queue, i)
	c.queued += len(i.Raw)
	c.signal()
	return nil
}

func (c *conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default: // the writer has a wake-up waiting
	}
}

// finish makes the writer write what is queued, for as long as Limits.Linger, and then close the connection.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		c.hurryLocked()
	}
	c.signal()
}

func (c *conn) hurryLocked() {
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.endpoint.limits.Linger)) // a closed connection says so on Write
}

// run is the writer.
func (c *conn) run(ctx context.Context) {
	defer c.cancel()
	err := c.open(ctx)
	if err == nil {
		c.touch()
		c.endpoint.group.Go(newConnReader(c).run)
		err = c.write()
		_ = c.conn.Close() // what could be lost by it is told below
		<-c.done
		if c.refused != nil {
			err = c.refused
		}
	}
	c.endpoint.pool.remove(c)
	if c.conn != nil {
		c.endpoint.closed(c.flow)
	}
	c.fail(err)
}

func (c *conn) open(ctx context.Context) error {
	if c.accepted {
		return c.shakeHands(ctx)
	}
	nc, err := c.endpoint.dial(ctx, c.flow, c.within)
	if err != nil {
		return &ConnectError{Remote: c.flow.Remote, Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped.Load() {
		_ = nc.Close() // nothing was said on it
		return &ConnectError{Remote: c.flow.Remote, Err: ErrFlowGone}
	}
	c.conn = nc
	if c.closed {
		c.hurryLocked()
	}
	c.endpoint.pool.opened(c, addrPort(nc.LocalAddr()))
	return nil
}

// shakeHands makes TLS of an accepted connection that is to speak it.
func (c *conn) shakeHands(ctx context.Context) error {
	secure, ok := c.conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.endpoint.limits.Handshake)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = c.conn.Close() // nothing was said on it
		c.endpoint.refuse(&refusal{RefusedHandshake, explainHandshake(err)}, c.flow.Remote)
		return err
	}
	c.noteCertificate(secure)
	return nil
}

// write writes until the connection ends. The error is for what is left in the queue.
func (c *conn) write() error {
	for {
		i, ok, closing := c.dequeue()
		switch {
		case ok:
			if err := c.writeItem(i); err != nil {
				return err
			}
			continue
		case closing:
			return ErrShutdown
		}
		select {
		case <-c.wake:
		case <-c.done:
			return io.ErrClosedPipe
		}
	}
}

// dequeue takes the next message, and gives it its time to be written.
func (c *conn) dequeue() (i item, ok, closing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return item{}, false, c.closed
	}
	if !c.closed {
		_ = c.conn.SetWriteDeadline(time.Now().Add(c.endpoint.limits.Write)) // a closed connection says so on Write
	}
	i = c.queue[0]
	c.queue[0] = item{}
	c.queue = c.queue[1:]
	c.queued -= len(i.Raw)
	return i, true, c.closed
}

func (c *conn) writeItem(i item) error {
	n, err := c.conn.Write(i.Raw)
	if err == nil {
		c.touch()
		c.doubt(i)
		return nil
	}
	err = fmt.Errorf("write to %s: %w", c.flow.Remote, err)
	if n == 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.requeue(i) // the peer has none of it
	} else {
		c.abandon(i, err)
	}
	return err
}

// doubt keeps what was written to a peer that may not have accepted the connection yet.
func (c *conn) doubt(i item) {
	const most = 16
	switch {
	case c.heard.Load():
		c.unheard = nil
	case c.flow.Transport == TLS && !c.accepted && len(c.unheard) < most:
		c.unheard = append(c.unheard, i)
	}
}

func (c *conn) requeue(i item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append([]item{i}, c.queue...)
}

// fail closes the queue. What is in it goes to a new connection, if this one was there before and died unnoticed,
// else to Options.Failed.
func (c *conn) fail(err error) {
	c.mu.Lock()
	c.closed = true
	left := c.queue
	c.queue = nil
	c.mu.Unlock()
	if c.refused != nil && !c.heard.Load() {
		for _, i := range append(c.unheard, left...) {
			c.abandon(i, err)
		}
		return
	}
	for _, i := range left {
		if c.conn != nil && !i.retried && !i.ping && c.retry(i) {
			continue
		}
		c.abandon(i, err)
	}
}

// retry queues a message once more, on another connection.
func (c *conn) retry(i item) bool {
	i.retried = true
	other, err := c.endpoint.pool.connFor(i.Outbound)
	return err == nil && other.enqueue(i) == nil
}

func (c *conn) abandon(i item, err error) {
	if !i.ping {
		c.endpoint.failed(i.Outbound, err)
	}
}
