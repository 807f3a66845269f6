package locate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

const (
	rounds    = 2                      // how often each server is asked
	patience  = 4 * time.Second        // for all of it
	leastWait = 500 * time.Millisecond // for one answer
	// payload is the size of an answer that is not cut into fragments on any usual way (RFC 6891 section 6.2.5).
	payload = 1232
)

// ask asks one server after the other, first the one that answered last, until one gives an answer.
func (c *Client) ask(ctx context.Context, q question) (answer, error) {
	servers := c.inTurn()
	if len(servers) == 0 {
		return answer{}, ErrNone
	}
	wait := max(patience/time.Duration(rounds*len(servers)), leastWait)
	failed := ErrNoServer
	for range rounds {
		for _, server := range servers {
			a, err := c.exchange(ctx, server, q, wait)
			switch {
			case err == nil:
				c.mu.Lock()
				c.best = server
				c.mu.Unlock()
				return a, nil
			case ctx.Err() != nil:
				return answer{}, ctx.Err()
			case errors.Is(err, ErrRefused):
				failed = ErrRefused
			}
		}
		if errors.Is(failed, ErrRefused) {
			break // it would say the same again
		}
	}
	return answer{}, failed
}

// inTurn lists the servers in the order in which they are asked.
func (c *Client) inTurn() []string {
	servers := slices.Clone(c.servers())
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(servers, c.best); i > 0 {
		servers = slices.Concat(servers[i:], servers[:i])
	}
	return servers
}

// exchange asks one server: over UDP, over TCP when the answer does not fit (RFC 7766 section 5), and without EDNS when
// the server does not know it (RFC 6891 section 7).
func (c *Client) exchange(ctx context.Context, server string, q question, wait time.Duration) (answer, error) {
	query := query{question: q, edns: true}
	res, err := c.roundTrip(ctx, "udp", server, query, wait)
	if err == nil && res.knowsNoEDNS() {
		query.edns = false
		res, err = c.roundTrip(ctx, "udp", server, query, wait)
	}
	if err == nil && res.truncated {
		res, err = c.roundTrip(ctx, "tcp", server, query, wait)
	}
	if err != nil {
		return answer{}, err
	}
	return readAnswer(q, res)
}

// roundTrip sends a query from a socket of its own, so that its port is new every time (RFC 5452 section 9.2), and waits
// for what answers it.
func (c *Client) roundTrip(ctx context.Context, network, server string, query query, wait time.Duration) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	query.id = newID()
	packed, err := query.pack()
	if err != nil {
		return response{}, fmt.Errorf("write question: %w", err)
	}
	conn, err := c.dial(ctx, network, server)
	if err != nil {
		return response{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // frees the read
	defer func() {
		stop()
		_ = conn.Close()
	}()
	if network == "tcp" {
		return overStream(conn, packed, query)
	}
	return overPackets(conn, packed, query)
}

func overPackets(conn net.Conn, packed []byte, query query) (response, error) {
	if _, err := conn.Write(packed); err != nil {
		return response{}, err
	}
	buf := make([]byte, 65535)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return response{}, err
		}
		if res, ok := query.answeredBy(buf[:n]); ok { // else it is somebody else's, or forged
			return res, nil
		}
	}
}

// overStream frames messages by their length (RFC 1035 section 4.2.2).
func overStream(conn net.Conn, packed []byte, query query) (response, error) {
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
		return response{}, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return response{}, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return response{}, err
	}
	res, ok := query.answeredBy(buf)
	if !ok {
		return response{}, errors.New("the answer is to another question")
	}
	return res, nil
}
