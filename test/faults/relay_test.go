package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// soon is long for what should happen, and never is short for what should not.
const (
	soon  = 10 * time.Second
	never = 150 * time.Millisecond
)

// way is a relay with one connection through it.
type way struct {
	relay         *relay
	agent, broker net.Conn
}

func openWay(t *testing.T) *way {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r, err := newRelay(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	w := &way{relay: r}
	if w.agent, err = net.Dial("tcp4", r.address()); err != nil {
		t.Fatal(err)
	}
	if w.broker, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = w.agent.Close(), w.broker.Close() })
	w.passes(t, true)
	return w
}

// arrives writes a byte and tells whether it arrives.
func arrives(t *testing.T, from, to net.Conn, b byte) bool {
	t.Helper()
	if _, err := from.Write([]byte{b}); err != nil {
		t.Fatal(err)
	}
	return reads(t, to, b, never)
}

func reads(t *testing.T, c net.Conn, want byte, within time.Duration) bool {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(within))
	var got [1]byte
	_, err := c.Read(got[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if err != nil || got[0] != want {
		t.Fatalf("read %q, %v, want %q", got[0], err, want)
	}
	return true
}

// passes proves that both directions work.
func (w *way) passes(t *testing.T, want bool) {
	t.Helper()
	for _, d := range [][2]net.Conn{{w.agent, w.broker}, {w.broker, w.agent}} {
		if _, err := d[0].Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if reads(t, d[1], 'x', soon) != want {
			t.Fatalf("passing is %v", !want)
		}
	}
}

// ended tells whether a connection is over.
func ended(c net.Conn, within time.Duration) bool {
	_ = c.SetReadDeadline(time.Now().Add(within))
	_, err := c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

func TestAStalledDirectionKeepsItsBytesAndTheOtherGoesOn(t *testing.T) {
	w := openWay(t)
	w.relay.become(weather{stalled: [2]bool{toBroker: true}})
	if arrives(t, w.agent, w.broker, 'a') {
		t.Error("a byte arrives over a direction that stands still")
	}
	if _, err := w.broker.Write([]byte("b")); err != nil || !reads(t, w.agent, 'b', soon) {
		t.Error("the other direction stands still, too")
	}
	w.relay.become(weather{})
	if !reads(t, w.broker, 'a', soon) {
		t.Error("what waited does not arrive afterwards")
	}
	w.passes(t, true)
}

func TestACutResetsWhatIsUpAndRefusesWhatComes(t *testing.T) {
	w := openWay(t)
	w.relay.become(weather{refuses: true})
	w.relay.cut()
	if !ended(w.agent, soon) || !ended(w.broker, soon) {
		t.Error("a connection survives")
	}
	c, err := net.Dial("tcp4", w.relay.address())
	if err != nil {
		return // reset before it was ours
	}
	defer func() { _ = c.Close() }()
	if !ended(c, soon) {
		t.Error("a new connection is served")
	}
}

func TestAForgottenConnectionStaysOpenForTheAgentOnly(t *testing.T) {
	w := openWay(t)
	w.relay.forget()
	if !ended(w.broker, soon) {
		t.Error("the broker's end is open")
	}
	if ended(w.agent, never) {
		t.Error("the agent's end is closed")
	}
	if _, err := w.agent.Write([]byte("into nothing")); err != nil {
		t.Error(err)
	}
}

func TestDelayedBytesComeLateAndInOrder(t *testing.T) {
	w := openWay(t)
	const late = 300 * time.Millisecond
	w.relay.become(weather{delay: [2]time.Duration{toBroker: late}})
	began := time.Now()
	for _, b := range []byte("abc") {
		if _, err := w.agent.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.broker.SetReadDeadline(time.Now().Add(soon))
	got := make([]byte, 3)
	if _, err := io.ReadFull(w.broker, got); err != nil || string(got) != "abc" {
		t.Errorf("read %q, %v", got, err)
	}
	if took := time.Since(began); took < late {
		t.Errorf("arrived after %v", took)
	}
}

func TestWhatWasSentBeforeAnEndArrives(t *testing.T) {
	w := openWay(t)
	w.relay.become(weather{delay: [2]time.Duration{toBroker: 100 * time.Millisecond}})
	if _, err := w.agent.Write([]byte("good-bye")); err != nil {
		t.Fatal(err)
	}
	_ = w.agent.Close()
	_ = w.broker.SetReadDeadline(time.Now().Add(soon))
	if got, err := io.ReadAll(w.broker); err != nil || string(got) != "good-bye" {
		t.Errorf("read %q, %v", got, err)
	}
}
