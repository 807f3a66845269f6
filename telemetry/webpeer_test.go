package telemetry

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// webPeer makes a stream of the server's side of a WebSocket, which is not ours.
type webPeer struct {
	*websocket.Conn
	message io.Reader // being read
}

func (c *webPeer) Write(p []byte) (int, error) {
	if err := c.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *webPeer) Read(p []byte) (int, error) {
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
func (c *webPeer) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
