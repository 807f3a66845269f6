package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

// server is a TCP peer that keeps what it reads.
type server struct {
	conns chan net.Conn
	text  chan string
}

func serve(t *testing.T, n *siptest.Network, address string) (*server, net.Listener) {
	t.Helper()
	s := &server{conns: make(chan net.Conn, 10), text: make(chan string, 100)}
	listener := n.ListenStream(address)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.conns <- c
			go func() {
				buf := make([]byte, 65536)
				for {
					k, err := c.Read(buf)
					if err != nil {
						return
					}
					s.text <- string(buf[:k])
				}
			}()
		}
	}()
	return s, listener
}

func TestRequestsToAPeerShareOneConnectionThatBringsItsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		s, listener := serve(t, n, "10.0.0.2:5060")
		flow := Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}
		for i := range 3 {
			if err := e.Send(Outbound{Flow: flow, Raw: []byte(id(fmt.Sprint(i)))}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			if got := <-s.text; got != id(fmt.Sprint(i)) {
				t.Errorf("sent %q", got)
			}
		}
		c := <-s.conns
		if len(s.conns) != 0 {
			t.Errorf("%d more connections", len(s.conns))
		}
		write(t, c, id("theirs"))
		synctest.Wait()
		if got := l.callIDs(); got != "theirs" {
			t.Fatalf("delivered %q", got)
		}
		if in := l.inbound[0].Flow; in.Remote != flow.Remote || in.Local.Addr() != us.Addr() {
			t.Errorf("flow %v", in)
		}
		_ = listener.Close() // ends the accepting
		stop()
	})
}

func TestSendDoesNotWaitForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		n.Partition("10.0.0.2")
		began := time.Now()
		for i := range 2 {
			o := Outbound{Flow: Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, Raw: []byte(with()), Token: i}
			if err := e.Send(o); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(began) != 0 {
			t.Error("Send has waited")
		}
		pass(9999 * time.Millisecond)
		if count, _ := l.failures(); count != 0 {
			t.Errorf("%d failures too early", count)
		}
		pass(time.Millisecond)
		synctest.Wait()
		if count, err := l.failures(); count != 2 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d failures, %v", count, err)
		}
		if fmt.Sprint(l.tokens) != "[0 1]" {
			t.Errorf("tokens %v", l.tokens)
		}
		stop()
	})
}

func TestRefusedConnectionFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		o := Outbound{Flow: Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, Raw: []byte(with())}
		if err := e.Send(o); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if count, err := l.failures(); count != 1 || !errors.Is(err, siptest.ErrRefused) {
			t.Errorf("%d failures, %v", count, err)
		}
		stop()
	})
}

func TestResponseWhoseConnectionIsGoneGoesToTheSentByPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		s, listener := serve(t, n, "10.0.0.2:5070")
		c := dial(t, n, "10.0.0.2")
		write(t, c, with("Via: SIP/2.0/TCP 10.0.0.2:5070;branch=z9hG4bK1"))
		synctest.Wait()
		_ = c.Close() // before the answer
		synctest.Wait()
		response := "SIP/2.0 200 OK\r\nVia: " + l.inbound[0].Message.Via().Value() + "\r\nl: 0\r\n\r\n"
		if err := e.Send(Outbound{Flow: l.inbound[0].Flow, Raw: []byte(response)}); err != nil {
			t.Fatal(err)
		}
		if got := <-s.text; got != response {
			t.Errorf("got %q", got)
		}
		_ = listener.Close() // ends the accepting
		stop()
	})
}

func TestPeerThatDoesNotReadFillsItsBacklogOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{Backlog: 1000})
		c := dial(t, n, "10.0.0.2")
		write(t, c, with())
		synctest.Wait()
		o := Outbound{Flow: l.inbound[0].Flow, Raw: []byte(strings.Repeat("x", 400))}
		var err error
		for sent := 0; sent < 10 && err == nil; sent++ {
			err = e.Send(o)
			synctest.Wait()
		}
		if !errors.Is(err, ErrBacklog) {
			t.Errorf("got %v", err)
		}
		began := time.Now()
		pass(11 * time.Second)
		count, err := l.failures()
		if count == 0 {
			t.Errorf("nothing has failed after %s: %v", time.Since(began), err)
		}
		stop()
	})
}

func TestQueuedMessagesAreWrittenBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, with())
		synctest.Wait()
		bye := "BYE sip:a@10.0.0.2 SIP/2.0\r\n\r\n"
		for range 3 {
			if err := e.Send(Outbound{Flow: l.inbound[0].Flow, Raw: []byte(bye)}); err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan string)
		go func() { got <- readText(c, 1<<20) }()
		stop()
		if text := <-got; text != bye+bye+bye {
			t.Errorf("written %q", text)
		}
	})
}

func TestEndDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, with())
		synctest.Wait()
		for range 3 {
			if err := e.Send(Outbound{Flow: l.inbound[0].Flow, Raw: []byte(with())}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait() // the first is being written
		began := time.Now()
		stop()
		if took := time.Since(began); took != time.Second {
			t.Errorf("the end took %s, not Limits.Linger", took)
		}
		if count, _ := l.failures(); count != 3 {
			t.Errorf("%d failures, want 3", count)
		}
	})
}

// deadConn is a connection whose peer has gone without a word: reading waits, writing fails.
type deadConn struct {
	net.Conn
	done chan struct{}
}

func (c deadConn) Read([]byte) (int, error) {
	<-c.done
	return 0, net.ErrClosed
}
func (c deadConn) Write([]byte) (int, error)        { return 0, syscall.EPIPE }
func (c deadConn) SetReadDeadline(time.Time) error  { return nil }
func (c deadConn) SetWriteDeadline(time.Time) error { return nil }
func (c deadConn) Close() error {
	close(c.done)
	return c.Conn.Close()
}

func TestMessageForADeadConnectionGoesToANewOneOnce(t *testing.T) {
	for _, alive := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			n, l := siptest.NewNetwork(1), &log{}
			s, listener := serve(t, n, "10.0.0.2:5060")
			dials := 0
			o := l.options()
			o.Packets = []net.PacketConn{n.Listen("10.0.0.1:5060")}
			o.Dial = func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
				c, err := n.Dial(ctx, "10.0.0.1", remote)
				if dials++; err != nil || dials > 1 && alive {
					return c, err
				}
				return deadConn{c, make(chan struct{})}, nil
			}
			e, stop := start(t, o)
			out := Outbound{Flow: Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, Raw: []byte(with())}
			if err := e.Send(out); err != nil {
				t.Fatal(err)
			}
			if alive {
				if got := <-s.text; got != with() {
					t.Errorf("got %q", got)
				}
			}
			synctest.Wait()
			if count, err := l.failures(); dials != 2 || count == 0 != alive || !alive && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("alive %v: %d connections, %d failures, %v", alive, dials, count, err)
			}
			_ = listener.Close() // ends the accepting
			stop()
		})
	}
}
