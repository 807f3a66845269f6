package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

// maxReply bounds what a client reads as one reply.
const maxReply = 1 << 20

// replyTime is how long a client waits for a reply: a little longer than the server may work on it.
const replyTime = workTime + writeTime

// Client talks to a running agent. It belongs to one goroutine.
type Client struct {
	path string
	conn net.Conn // nil after a request that was not answered: its reply must not be taken for the next one's
	in   *bufio.Scanner
}

// Connect connects to the agent that listens on the socket at path. When there is none the error wraps ErrNotRunning.
func Connect(ctx context.Context, path string) (*Client, error) {
	c := &Client{path: path}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Client) connect(ctx context.Context) error {
	conn, err := connect(ctx, c.path)
	if err != nil {
		return err
	}
	c.conn, c.in = conn, bufio.NewScanner(conn)
	c.in.Buffer(make([]byte, 0, maxLine), maxReply)
	return nil
}

// Do sends a request and waits for its reply. A reply that says no is an error with its words. A request that ctx ends may
// have been performed; the client can be used again.
func (c *Client) Do(ctx context.Context, r Request) (Reply, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return Reply{}, fmt.Errorf("encode request: %w", err)
	}
	if c.conn == nil {
		if err := c.connect(ctx); err != nil {
			return Reply{}, err
		}
	}
	text, err := c.exchange(ctx, append(line, '\n'))
	if err != nil {
		_ = c.Close()
		if ctx.Err() != nil {
			return Reply{}, ctx.Err()
		}
		return Reply{}, err
	}
	var reply Reply
	if err := json.Unmarshal(text, &reply); err != nil {
		return Reply{}, fmt.Errorf("read reply: %w", err)
	}
	if !reply.OK {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// exchange sends one line and reads one. The end of ctx ends it.
func (c *Client) exchange(ctx context.Context, line []byte) ([]byte, error) {
	conn := c.conn
	if err := conn.SetDeadline(time.Now().Add(replyTime)); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := conn.Write(line); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	if c.in.Scan() {
		if !stop() { // ctx ended meanwhile and took the connection with it
			_ = c.Close()
		}
		return c.in.Bytes(), nil
	}
	if err := c.in.Err(); err != nil {
		return nil, fmt.Errorf("read reply: %w", err)
	}
	return nil, errors.New("read reply: the agent closed the connection")
}

// Close ends the connection.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}
