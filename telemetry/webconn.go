package telemetry

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// What kind of frame it is (RFC 6455 section 5.2).
const (
	frameContinued = 0x0
	frameText      = 0x1
	frameBinary    = 0x2
	frameControl   = 0x8 // and above
	frameClose     = 0x8
	framePing      = 0x9
	framePong      = 0xa
)

// Why a WebSocket is closed (RFC 6455 section 7.4.1).
const (
	closeProtocolError   = 1002
	closeUnsupportedData = 1003
)

const (
	maskedFrame    = 0x80      // of the second byte of a header
	finalFrame     = 0x80      // of the first one
	controlPayload = 125       // bytes at most (RFC 6455 section 5.5)
	framePayload   = 4096 - 64 // bytes of a frame that is written
)

// webConn makes a stream of the client's side of a WebSocket: what is written becomes binary messages, and the borders of
// those that arrive mean nothing (MQTT 3.1.1 section 6.0). One goroutine reads and another one writes; the reading one
// answers pings. Of what the server sends, never more than the buffer of r is held, however long it says that a frame is.
type webConn struct {
	net.Conn
	r *bufio.Reader // of Conn

	left    uint64 // bytes of the frame being read
	unended bool   // another frame continues the message
	failure error  // of reading, after which there is nothing more to read

	mu     sync.Mutex // of writing frames
	busy   bool       // Write has begun, and the deadline is its own
	closed bool       // a close frame has been sent, or half of another one
	frame  []byte     // being written
}

func (c *webConn) Read(p []byte) (int, error) {
	for c.left == 0 && c.failure == nil {
		c.failure = c.nextFrame()
	}
	if c.failure != nil {
		return 0, c.failure
	}
	if uint64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= uint64(n)
	return n, cutShort(err)
}

// cutShort tells the end of the connection from that of the WebSocket.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// nextFrame reads up to the payload of a data frame, or over a control frame.
func (c *webConn) nextFrame() error {
	var b [8]byte
	if _, err := io.ReadFull(c.r, b[:2]); err != nil {
		return cutShort(err)
	}
	kind, final, length := b[0]&0x0f, b[0]&finalFrame != 0, uint64(b[1]&^maskedFrame)
	if b[0]&0x70 != 0 || b[1]&maskedFrame != 0 {
		return c.fail(closeProtocolError, "a frame that is masked or extended")
	}
	if length > controlPayload { // it does not fit there
		from := 0
		if length == 126 {
			from = 6
		}
		b = [8]byte{}
		if _, err := io.ReadFull(c.r, b[from:]); err != nil {
			return cutShort(err)
		}
		length = binary.BigEndian.Uint64(b[:])
	}
	if kind >= frameControl {
		if !final || length > controlPayload {
			return c.fail(closeProtocolError, "a control frame that is too long")
		}
		return c.control(kind, int(length))
	}
	switch {
	case length>>63 != 0:
		return c.fail(closeProtocolError, "a frame that is too long")
	case kind == frameText:
		return c.fail(closeUnsupportedData, "text") // [MQTT-6.0.0-1]
	case kind != frameContinued && kind != frameBinary, (kind == frameContinued) != c.unended:
		return c.fail(closeProtocolError, "an unexpected frame")
	}
	c.left, c.unended = length, !final
	return nil
}

// control does what a control frame asks for (RFC 6455 section 5.5).
func (c *webConn) control(kind byte, length int) error {
	payload := make([]byte, length)
	if _, err := io.ReadFull(c.r, payload); err != nil {
		return cutShort(err)
	}
	switch kind {
	case framePing:
		return c.answer(framePong, payload, writeTimeout)
	case framePong: // nobody asked
		return nil
	case frameClose:
		if length == 0 {
			_ = c.answer(frameClose, nil, closeTimeout) // it is over in any case
			return errors.New("the server closed the web socket")
		}
		if length < 2 {
			break
		}
		code := binary.BigEndian.Uint16(payload)
		if code < 1000 || code > 4999 || code >= 1004 && code <= 1006 || code == 1015 { // never sent (RFC 6455 section 7.4)
			break
		}
		_ = c.answer(frameClose, payload[:2], closeTimeout)
		return fmt.Errorf("the server closed the web socket: %d %q", code, payload[2:])
	}
	return c.fail(closeProtocolError, "a bad control frame")
}

// fail closes the WebSocket because of what the server sent (RFC 6455 section 7.1.7).
func (c *webConn) fail(code uint16, what string) error {
	_ = c.answer(frameClose, binary.BigEndian.AppendUint16(nil, code), closeTimeout) // the failure says more
	return errors.New("the server sent " + what)
}

// answer writes a control frame. It sets a deadline of its own, as that of the last write may be long over; but it gives a
// write that is not over no more time than it has.
func (c *webConn) answer(kind byte, payload []byte, within time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy {
		if err := c.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return err
		}
	}
	return c.writeLocked(kind, payload)
}

// Write lets answers go out between its messages: on a slow line reading would wait for all of them.
func (c *webConn) Write(p []byte) (written int, err error) {
	for err == nil && written < len(p) {
		part := p[written:min(len(p), written+framePayload)]
		c.mu.Lock()
		if err = c.writeLocked(frameBinary, part); err == nil {
			written += len(part)
		}
		c.busy = err == nil && written < len(p)
		c.mu.Unlock()
	}
	return written, err
}

// writeLocked writes a message of one frame, masked with a key that nobody can foresee (RFC 6455 section 5.3). Nothing
// follows a close frame, nor one that was cut short: the server would take it for the rest of that.
func (c *webConn) writeLocked(kind byte, p []byte) error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = kind == frameClose
	b := append(c.frame[:0], finalFrame|kind, maskedFrame|byte(len(p)))
	if len(p) > controlPayload {
		b[1] = maskedFrame | 126
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
	}
	var key [4]byte
	_, _ = rand.Read(key[:]) // never fails
	b = append(b, key[:]...)
	for i, octet := range p {
		b = append(b, octet^key[i%4])
	}
	c.frame = b
	_, err := c.Conn.Write(b)
	c.closed = c.closed || err != nil
	return err
}
