package wire

import (
	"errors"
	"io"
	"os"
	"time"
)

// connReader reads one connection. Only its goroutine touches it.
type connReader struct {
	conn    *conn
	framer  framer
	flow    Flow
	began   time.Time // when the message being read began, or the connection
	greeted bool      // a complete message has come, or the connection is one that we opened
	aliased bool      // the peer has asked for requests of ours over this connection
}

func newConnReader(c *conn) *connReader {
	return &connReader{
		conn: c, framer: framer{limits: c.endpoint.limits}, flow: c.flow, began: time.Now(), greeted: !c.accepted,
	}
}

// run reads until the connection ends, or its peer is too slow, or its framing is lost.
func (r *connReader) run() {
	defer close(r.conn.done)
	buf := make([]byte, 4096)
	for {
		deadline, slow := r.deadline()
		_ = r.conn.conn.SetReadDeadline(deadline) // a closed connection says so on Read
		n, err := r.conn.conn.Read(buf)
		if n > 0 && !r.received(buf[:n], time.Now()) {
			return
		}
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			if alertOf(err) != nil {
				r.conn.refused = explainHandshake(err)
			}
			return
		case slow && n == 0:
			r.conn.endpoint.refuse(refuse(RefusedSlow, "no complete message in time"), r.flow.Remote)
			return
		case !slow && r.conn.idle():
			return
		}
	}
}

// deadline is until when the next bytes are awaited, and whether it would be the peer's fault if none came.
func (r *connReader) deadline() (time.Time, bool) {
	limits := r.conn.endpoint.limits
	switch {
	case !r.greeted:
		return r.began.Add(limits.FirstMessage), true
	case r.framer.begun():
		return r.began.Add(limits.NextMessage), true
	}
	return r.conn.lastActive().Add(limits.Idle), false
}

// received takes bytes, and delivers the messages that they complete. It returns false when the stream is of no more
// use.
func (r *connReader) received(data []byte, now time.Time) bool {
	r.conn.touch()
	r.conn.heard.Store(true)
	r.framer.pong = r.conn.pinged.Swap(false) || r.framer.pong
	if r.greeted && !r.framer.begun() {
		r.began = now
	}
	r.framer.write(data)
	for {
		f, ok, err := r.framer.next()
		switch {
		case err != nil:
			r.conn.endpoint.refuse(err, r.flow.Remote)
			return false
		case !ok:
			return true
		case f.ping:
			_ = r.conn.enqueue(item{Outbound: Outbound{Raw: crlf}, ping: true}) // the peer may ping again
			continue
		}
		r.greeted, r.began = true, now
		if f.fault != nil {
			r.conn.lost.Store(true)
		}
		if r.conn.endpoint.admit(now, r.flow.Remote) {
			r.aliased = r.aliased || f.fault == nil && r.conn.noteAlias(f.raw)
			r.conn.endpoint.receive(r.flow, f.raw, now, f.fault)
		}
		if f.fault != nil {
			r.linger(now)
			return false
		}
	}
}

// linger keeps a connection whose framing is lost open for the answer. What still comes is thrown away: closing with
// bytes unread would reset the connection under the answer.
func (r *connReader) linger(now time.Time) {
	_ = r.conn.conn.SetReadDeadline(now.Add(r.conn.endpoint.limits.Linger))
	_, _ = io.Copy(io.Discard, r.conn.conn) // until the deadline, or the peer's end
}
