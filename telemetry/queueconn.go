package telemetry

import (
	"errors"
	"net"
	"sync"
	"time"
)

// How long the network may take to accept what is written, and what is still queued when the connection is closed.
const (
	writeTimeout = 20 * time.Second
	closeTimeout = 2 * time.Second
)

// queueLimit bounds what waits to be written, in bytes: far above what the window of publishes can add up to.
const queueLimit = 8 << 20

// packetLimit bounds a packet that arrives, in bytes: the MQTT client makes room for all of it before it reads it, up to
// 256 MB, and MQTT 3.1.1 cannot ask a server to send less. The collector's broker takes a quarter of this from anybody.
const packetLimit = 1 << 20

var (
	errQueueFull  = errors.New("write queue is full")
	errLongPacket = errors.New("the broker sent a packet that is too long")
)

// queueConn writes in a goroutine of its own, so that a stalled network never blocks the MQTT client: its Publish cannot
// be interrupted, and its write time-out races with its own clean-up. It ends where a packet is too long for a phone.
type queueConn struct {
	net.Conn

	// Of the packet being read (MQTT 3.1.1 section 2.2); one goroutine reads.
	head   int // bytes of its fixed header so far
	length int // that these tell
	left   int // bytes behind the header

	mu      sync.Mutex
	queued  []byte
	more    chan struct{} // capacity 1: queued, closing or err has changed
	closing bool
	err     error // of writing
	ended   chan struct{}
}

func newQueueConn(conn net.Conn) *queueConn {
	c := &queueConn{Conn: conn, more: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c
}

// Read gives of a packet that is too long no more than the beginning of its header.
func (c *queueConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for i := 0; i < n; {
		if c.left > 0 {
			over := min(n-i, c.left)
			c.left -= over
			i += over
			continue
		}
		if c.head > 0 {
			c.length |= int(p[i]&0x7f) << (7 * (c.head - 1))
		}
		if c.length > packetLimit || c.head > 4 {
			return i, errLongPacket
		}
		if c.head++; c.head > 1 && p[i]&0x80 == 0 {
			c.left, c.head, c.length = c.length, 0, 0
		}
		i++
	}
	return n, err
}

// Write queues p.
func (c *queueConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return 0, c.err
	case c.closing:
		return 0, net.ErrClosed
	case len(c.queued)+len(p) > queueLimit:
		return 0, errQueueFull
	}
	c.queued = append(c.queued, p...)
	c.wake()
	return len(p), nil
}

// Close writes what is queued, for two seconds at most, and closes the connection in the background.
func (c *queueConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.closing = true
		_ = c.Conn.SetWriteDeadline(time.Now().Add(closeTimeout)) // a connection that has none is closed anyway
		c.wake()
	}
	return nil
}

// abort closes the connection now, and waits for the goroutine.
func (c *queueConn) abort() {
	_ = c.Conn.Close() // nobody is interested any more
	_ = c.Close()      // always nil
	<-c.ended
}

// SetDeadline is for reading; writing has its own.
func (c *queueConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: writing never blocks.
func (c *queueConn) SetWriteDeadline(time.Time) error { return nil }

func (c *queueConn) wake() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *queueConn) run() {
	defer close(c.ended)
	defer func() { _ = c.Conn.Close() }() // everything is written, or lost
	var spare []byte
	for range c.more {
		c.mu.Lock()
		b, closing := c.queued, c.closing
		c.queued = spare[:0]
		if !closing {
			_ = c.Conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // without one, the stuck publish is found out later
		}
		c.mu.Unlock()
		if len(b) > 0 {
			if _, err := c.Conn.Write(b); err != nil {
				c.mu.Lock()
				c.err = err
				c.mu.Unlock()
				return
			}
		}
		if closing {
			return
		}
		spare = b
	}
}
