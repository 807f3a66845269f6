package telemetry

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWritingToAStalledNetworkBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }()
		c := newQueueConn(ours)
		began := time.Now()
		for _, s := range []string{"one ", "two ", "three"} {
			if _, err := c.Write([]byte(s)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("took %v", took)
		}
		<-time.After(writeTimeout - time.Second)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(theirs); err != nil || string(b) != "one two three" {
			t.Errorf("%q %v", b, err)
		}
		if _, err := c.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		c.abort()
	})
}

func TestConnectionThatTakesNothingIsClosedInTime(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*queueConn)
		most time.Duration
	}{
		"left alone": {func(*queueConn) {}, writeTimeout},
		"closed":     {func(c *queueConn) { _ = c.Close() }, closeTimeout},
		"aborted":    {func(c *queueConn) { c.abort() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer func() { _ = theirs.Close() }()
				q := newQueueConn(ours)
				if _, err := q.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				began := time.Now()
				c.end(q)
				<-q.ended
				if took := time.Since(began); took != c.most {
					t.Errorf("took %v, want %v", took, c.most)
				}
				if _, err := q.Write([]byte("y")); !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestQueueIsBounded(t *testing.T) {
	ours, theirs := net.Pipe()
	c := newQueueConn(ours)
	chunk := make([]byte, queueLimit/2)
	var err error
	for range 5 { // two of them may be in the hands of the writer
		if _, e := c.Write(chunk); e != nil {
			err = e
		}
	}
	if !errors.Is(err, errQueueFull) {
		t.Errorf("error %v", err)
	}
	_ = theirs.Close()
	c.abort()
}

func TestPacketThatIsTooLongForAPhoneEndsTheConnection(t *testing.T) {
	const short = "\xd0\x00\x40\x02\x00\x01"
	longest := "\x30\x80\x80\x40" + strings.Repeat("x", packetLimit)
	for name, sent := range map[string]string{
		"too long":       "\x30\x81\x80\x40",
		"far too long":   "\x30\xff\xff\xff\x7f",
		"length unended": "\x30\x80\x80\x80\x80\x00",
	} {
		for step, before := range map[int]string{1: short, 3: short, 2 * packetLimit: short + longest + short} {
			ours, theirs := net.Pipe()
			c := newQueueConn(ours)
			go func() {
				_, _ = io.WriteString(theirs, before+sent+"more")
				_ = theirs.Close()
			}()
			var got []byte
			var err error
			for p := make([]byte, step); err == nil; {
				var n int
				n, err = c.Read(p)
				got = append(got, p[:n]...)
			}
			if rest, found := strings.CutPrefix(string(got), before); !found || !errors.Is(err, errLongPacket) ||
				len(rest) >= len(sent) || !strings.HasPrefix(sent, rest) {
				t.Errorf("%s, read by %d: %d bytes that end with % x, %v", name, step, len(got), got[max(0, len(got)-6):], err)
			}
			c.abort()
		}
	}
}

func TestBrokerThatSendsAPacketThatIsTooLongIsLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "\x20\x02\x00\x00"+"\x30\xff\xff\xff\x7f") // CONNACK, and the longest PUBLISH
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	}()
	b, err := parseBroker("mqtt://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSession(t.Context(), b, topics{}, "", "", "desk-1", State{})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.lost:
		if !errors.Is(s.why, errLongPacket) {
			t.Errorf("lost: %v", s.why)
		}
	case <-time.After(pingTimeout):
		t.Error("the client waits for the rest")
	}
	s.abandon()
}

// arriving is a connection of which everything is known that comes over it.
type arriving struct {
	net.Conn
	*strings.Reader
}

func (c arriving) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func FuzzPacketsAreBoundedHoweverTheyArrive(f *testing.F) {
	f.Add("\xd0\x00\x40\x02\x00\x01\x30\x81\x80\x40x", uint8(1))
	f.Add("\x30\x80\x01"+strings.Repeat("x", 128)+"\x30\x80\x80\x80\x80\x00", uint8(3))
	f.Fuzz(func(t *testing.T, sent string, step uint8) {
		var got, piecemeal []byte
		for size, into := range map[int]*[]byte{len(sent) + 1: &got, int(step) + 1: &piecemeal} {
			c := &queueConn{Conn: arriving{Reader: strings.NewReader(sent)}}
			for p, err := make([]byte, size), error(nil); err == nil; {
				var n int
				n, err = c.Read(p)
				*into = append(*into, p[:n]...)
			}
		}
		if int(step) != len(sent) && string(got) != string(piecemeal) || !strings.HasPrefix(sent, string(got)) {
			t.Errorf("%q at once gives %q, and by %d %q", sent, got, step, piecemeal)
		}
	})
}
