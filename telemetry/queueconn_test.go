package telemetry

import (
	"errors"
	"io"
	"net"
	"os"
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
