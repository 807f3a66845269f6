package wire

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func errorIs(err, target error) bool { return errors.Is(err, target) }

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func TestStreamIsDeliveredInOrderAndAnsweredOnItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, id("1")+id("2")+id("3")[:40])
		write(t, c, id("3")[40:])
		synctest.Wait()
		if got := l.callIDs(); got != "1 2 3" {
			t.Fatalf("delivered %q", got)
		}
		response := "SIP/2.0 200 OK\r\nVia: " + l.inbound[0].Message.Via().Value() + "\r\nl: 0\r\n\r\n"
		for range 2 {
			if err := e.Send(Outbound{Flow: l.inbound[0].Flow, Raw: []byte(response)}); err != nil {
				t.Fatal(err)
			}
		}
		if got := readText(c, 2*len(response)); got != response+response {
			t.Errorf("answered %q", got)
		}
		stop()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestPingIsAnsweredByPong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, "\r\n\r\n")
		if got := readText(c, 2); got != "\r\n" {
			t.Errorf("answered %q", got)
		}
		stop()
	})
}

func TestConnectionWithLostFramingIsAnsweredAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		o := l.options()
		var e *Endpoint
		o.Deliver = func(in Inbound) {
			l.deliver(in)
			if res, ok := Refusal(in); ok {
				if err := e.Send(Outbound{Flow: in.Flow, Raw: []byte(res.String())}); err != nil {
					t.Error(err)
				}
			}
		}
		o.Streams = []net.Listener{n.ListenStream(us.String())}
		e, stop := start(t, o)
		c := dial(t, n, "10.0.0.2")
		began := time.Now()
		go func() { _, _ = io.WriteString(c, with("Content-Length: -1")+id("lost")) }() // cut off by the close
		got := readText(c, 1<<20)
		if !strings.HasPrefix(got, "SIP/2.0 400 Malformed Content-Length\r\n") {
			t.Errorf("answered %q", got)
		}
		if time.Since(began) != time.Second || l.callIDs() != "1@192.0.2.1!" {
			t.Errorf("closed after %s, delivered %q", time.Since(began), l.callIDs())
		}
		stop()
	})
}

func TestSlowAndIdleConnectionsAreClosed(t *testing.T) {
	tests := []struct {
		name    string
		send    string
		after   time.Duration
		refused string
	}{
		{"never a byte", "", 15 * time.Second, RefusedSlow},
		{"never a message", "OPTIONS sip:", 15 * time.Second, RefusedSlow},
		{"pings alone", "\r\n\r\n", 15 * time.Second, RefusedSlow},
		{"second message begun", with() + "OPTIONS sip:", 15 * time.Second, RefusedSlow},
		{"idle after a message", with(), 10 * time.Minute, ""},
		{"junk", "GET / HTTP/1.1\r\n\r\n", 0, RefusedJunk},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, l := siptest.NewNetwork(1), &log{}
				_, stop := onNetwork(t, n, l, Limits{})
				c := dial(t, n, "10.0.0.2")
				began := time.Now()
				write(t, c, tt.send)
				_, _ = io.Copy(io.Discard, c) // until it is closed
				if got := time.Since(began); got != tt.after || l.refusals() != tt.refused {
					t.Errorf("closed after %s, refused %q; want %s, %q", got, l.refusals(), tt.after, tt.refused)
				}
				stop()
			})
		})
	}
}

func TestEveryMessageHasItsTimeFromItsFirstByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, id("1"))
		pass(14 * time.Second)
		write(t, c, id("2")[:20])
		pass(14 * time.Second)
		write(t, c, id("2")[20:])
		synctest.Wait()
		if got := l.callIDs(); got != "1 2" || l.refusals() != "" {
			t.Errorf("delivered %q, refused %q", got, l.refusals())
		}
		stop()
	})
}

func TestConnectionWithLostFramingTakesNoNewRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		s, listener := serve(t, n, "10.0.0.2:5060")
		o := Outbound{Flow: Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, Raw: []byte(with())}
		for range 2 {
			if err := e.Send(o); err != nil {
				t.Fatal(err)
			}
			<-s.text
			write(t, <-s.conns, with("Content-Length: x")) // there is a new connection each time
			synctest.Wait()
		}
		if got := l.callIDs(); got != "1@192.0.2.1! 1@192.0.2.1!" {
			t.Errorf("delivered %q", got)
		}
		_ = listener.Close() // ends the accepting
		stop()
	})
}

func TestBacklogCountsOnlyWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{Backlog: 1000})
		s, listener := serve(t, n, "10.0.0.2:5060")
		o := Outbound{Flow: Flow{Transport: TCP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, Raw: []byte(with())}
		for range 100 {
			if err := e.Send(o); err != nil {
				t.Fatal(err)
			}
			<-s.text
		}
		_ = listener.Close() // ends the accepting
		stop()
	})
}

func TestKeepAlivesKeepAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{})
		c := dial(t, n, "10.0.0.2")
		write(t, c, id("1"))
		for range 30 {
			pass(2 * time.Minute)
			write(t, c, "\r\n\r\n")
			if got := readText(c, 2); got != "\r\n" {
				t.Fatalf("answered %q", got)
			}
		}
		write(t, c, id("2"))
		synctest.Wait()
		if got := l.callIDs(); got != "1 2" {
			t.Errorf("delivered %q", got)
		}
		stop()
	})
}

func TestConnectionsAreLimitedByAddressAndInTotal(t *testing.T) {
	tests := []struct {
		name    string
		limits  Limits
		dials   string // last bytes of 10.0.0.x
		refused string // by position
	}{
		{"by address", Limits{PerAddress: 2}, "2 2 2 3 2 3 3", "..x.x.x"},
		{"in total", Limits{Connections: 3}, "2 2 3 4 2", "...xx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, l := siptest.NewNetwork(1), &log{}
				_, stop := onNetwork(t, n, l, tt.limits)
				var held []net.Conn
				var refused string
				for _, host := range strings.Fields(tt.dials) {
					before := l.refusals()
					held = append(held, dial(t, n, "10.0.0."+host))
					synctest.Wait()
					refused += map[bool]string{true: ".", false: "x"}[l.refusals() == before]
				}
				if refused != tt.refused {
					t.Errorf("refused %s, want %s", refused, tt.refused)
				}
				_ = held[0].Close() // makes room
				synctest.Wait()
				write(t, dial(t, n, "10.0.0.2"), id("room"))
				synctest.Wait()
				if got := l.callIDs(); got != "room" {
					t.Errorf("delivered %q", got)
				}
				stop()
			})
		})
	}
}
