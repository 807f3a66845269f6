package telemetry

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// webConn makes a stream of a WebSocket: what is written becomes binary messages, and the borders of those that arrive
// mean nothing (MQTT 3.1.1 section 6.0). One goroutine reads and one writes.
type webConn struct {
	*websocket.Conn
	message io.Reader // being read
}

func (c *webConn) Write(p []byte) (int, error) {
	if err := c.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *webConn) Read(p []byte) (int, error) {
	for {
		if c.message == nil {
			_, r, err := c.NextReader()
			if err != nil {
				return 0, err
			}
			c.message = r
		}
		n, err := c.message.Read(p)
		if errors.Is(err, io.EOF) {
			c.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// SetDeadline implements net.Conn.
func (c *webConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
