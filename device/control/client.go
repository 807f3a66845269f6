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

// Client is a connection to a running agent. It belongs to one goroutine.
type Client struct {
	conn net.Conn
	in   *bufio.Scanner
}

// Connect connects to the agent that listens on the socket at path. When there is none the error wraps ErrNotRunning.
func Connect(ctx context.Context, path string) (*Client, error) {
	conn, err := connect(ctx, path)
	if err != nil {
		return nil, err
	}
	in := bufio.NewScanner(conn)
	in.Buffer(make([]byte, 0, maxLine), maxReply)
	return &Client{conn: conn, in: in}, nil
}

// Do sends a request and waits for its reply. A reply that says no is an error with its words.
func (c *Client) Do(ctx context.Context, r Request) (Reply, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return Reply{}, fmt.Errorf("encode request: %w", err)
	}
	deadline := time.Now().Add(replyTime)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.conn.SetDeadline(deadline); err != nil {
		return Reply{}, fmt.Errorf("send request: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		return Reply{}, fmt.Errorf("send request: %w", err)
	}
	if !c.in.Scan() {
		if ctx.Err() != nil {
			return Reply{}, ctx.Err()
		}
		if err := c.in.Err(); err != nil {
			return Reply{}, fmt.Errorf("read reply: %w", err)
		}
		return Reply{}, errors.New("read reply: the agent closed the connection")
	}
	var reply Reply
	if err := json.Unmarshal(c.in.Bytes(), &reply); err != nil {
		return Reply{}, fmt.Errorf("read reply: %w", err)
	}
	if !reply.OK {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
