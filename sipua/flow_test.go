package sipua

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/wire"
)

// swallowed is a network whose connections can be cut so that nobody notices: writes succeed, and nothing comes back.
type swallowed struct {
	mu    sync.Mutex
	conns []*swallowingConn
}

type swallowingConn struct {
	net.Conn
	mu    sync.Mutex
	dead  bool
	count int // of the writes that were swallowed
}

func (c *swallowingConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	dead := c.dead
	if dead {
		c.count++
	}
	c.mu.Unlock()
	if dead {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (s *swallowed) dial(n *siptest.Network) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, remote netip.AddrPort) (net.Conn, error) {
		conn, err := n.Dial(ctx, "10.0.0.1", remote)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		c := &swallowingConn{Conn: conn}
		s.conns = append(s.conns, c)
		return c, nil
	}
}

// swallow cuts every connection so far.
func (s *swallowed) swallow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.mu.Lock()
		c.dead = true
		c.mu.Unlock()
	}
}

// opened counts the connections so far.
func (s *swallowed) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// overStreams is a phone with accounts at a registrar that is reached over TCP, and that grants as it is told.
func overStreams(t *testing.T, grant []string, users ...string) (*phone, *siptest.Registrar, *lineLog, *swallowed) {
	t.Helper()
	n := siptest.NewNetwork(1)
	r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
	r.ListenStreams(t, n.ListenStream("10.0.0.9:5060"))
	r.Grant(time.Hour, grant...)
	l, s := &lineLog{}, &swallowed{}
	p := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
		for _, user := range users {
			o.Accounts = append(o.Accounts, Account{
				AOR: "sip:" + user + "@example.com", Registrar: "sip:10.0.0.9;transport=tcp", OutboundProxy: "sip:10.0.0.9;transport=tcp",
			})
		}
		o.Line, o.Instance = l.tell, "serial"
		o.Wire = wire.Options{Streams: []net.Listener{n.ListenStream("10.0.0.1:5060")}, Dial: s.dial(n)}
	})
	synctest.Wait()
	return p, r, l, s
}

func TestReconnectRegistersOverAnotherConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r, l, s := overStreams(t, nil, "bob", "ann")
		after(time.Second)
		opened := s.opened()
		s.swallow()
		p.Reconnect()
		after(time.Second)
		for account := range 2 {
			expectLines(t, "line", l.of(account), "registering", "registered 200", "registering", "registered 200")
		}
		if got := s.opened() - opened; got != 1 || len(r.Requests()) != 4 {
			t.Errorf("%d connections for %d requests", got, len(r.Requests()))
		}
	})
}

func TestReconnectGivesUpAConnectionThatIsStillBeingOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		l := &lineLog{}
		n.Partition("10.0.0.9") // dialling gets no answer
		p := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
			o.Accounts, o.Line = []Account{{AOR: "sip:bob@example.com", Registrar: "sip:10.0.0.9;transport=tcp"}}, l.tell
		})
		after(time.Second)
		r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
		r.ListenStreams(t, n.ListenStream("10.0.0.9:5060"))
		n.Heal()
		p.Reconnect()
		after(time.Second)
		expectLines(t, "line", l.of(0), "registering", "registering", "registered 200")
	})
}

func TestRegisterThatIsSwallowedIsSentOverAnotherConnectionNextTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, l, s := overStreams(t, nil, "bob")
		opened := s.opened()
		s.swallow()
		l.await(Failed)
		expectLines(t, "line", l.of(0), "registering", "registered 200", "registering", "failed")
		after(2 * time.Minute)
		expectLines(t, "line", l.of(0), "registering", "registered 200", "registering", "failed", "registering", "registered 200")
		if got := s.opened() - opened; got != 1 || len(r.Requests()) != 2 {
			t.Errorf("%d connections, %d requests", got, len(r.Requests()))
		}
	})
}

func TestCallThatIsSwallowedLeavesItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r, _, s := overStreams(t, nil, "bob")
		s.swallow()
		_, first := p.dialURI(t, "sip:carol@example.com")
		after(33 * time.Second)
		if e, ended := first.ended(); !ended || e.LastResponse != 0 {
			t.Fatalf("%v", first.said())
		}
		p.dialURI(t, "sip:carol@example.com")
		after(time.Second)
		requests := r.Requests()
		if last := requests[len(requests)-1]; last.Method() != "INVITE" {
			t.Errorf("the last request to arrive is\n%s", last.Raw)
		}
	})
}

func TestEndOfTheRegisteredConnectionIsNoticedAtOnce(t *testing.T) {
	for name, grant := range map[string][]string{"with outbound": {"Require: outbound", "Flow-Timer: 50"}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, r, l, _ := overStreams(t, grant, "bob", "ann")
				r.CutStreams()
				p.dialURI(t, "sip:carol@example.com") // opens another connection to the same server
				synctest.Wait()
				for account := range 2 {
					expectLines(t, "line", l.of(account), "registering", "registered 200", "failed", "registering", "registered 200")
				}
				after(10 * time.Minute)
				if got := len(l.all()); got != 10 {
					t.Errorf("told %v, %v", l.of(0), l.of(1))
				}
			})
		})
	}
}

func TestCallsOfAnAccountGoOverTheConnectionThatItIsRegisteredOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r, _, s := overStreams(t, []string{"Require: outbound"}, "bob")
		r.Silence(true)
		p.dialURI(t, "sip:carol@example.com")
		synctest.Wait()
		all := r.Requests()
		if len(all) != 2 || all[0].From != all[1].From || s.opened() != 1 {
			t.Errorf("%d requests over %d connections", len(all), s.opened())
		}
	})
}

func TestBindingOutlivesASilentFirstServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		_ = n.Listen("10.0.0.2:5060") // silent
		siptest.NewRegistrar(t, n.Listen("10.0.0.3:5070")).Grant(time.Minute)
		l := &lineLog{}
		newPhone(t, n, "10.0.0.1:5060", namesOf(names{}), func(o *Options) {
			o.Accounts, o.Line = []Account{{AOR: "sip:bob@example.com", Registrar: "sip:example.com"}}, l.tell
		})
		after(20 * time.Minute)
		var last, began time.Time
		slow, quick := 0, 0
		for _, s := range l.all() {
			if s.State != Registered {
				began = s.At
				continue
			}
			if s.At.Sub(began) < time.Second {
				quick++
			} else {
				slow++
			}
			if between := s.At.Sub(last); !last.IsZero() && between > time.Minute {
				t.Errorf("granted a minute, registered again after %s", between)
			}
			last = s.At
		}
		if since := time.Since(last); since > time.Minute {
			t.Errorf("registered %s ago; %v", since, l.of(0))
		}
		if slow == 0 || quick < slow {
			t.Errorf("%d attempts began with the silent server, %d with the other one", slow, quick)
		}
	})
}

func TestRegisterThatIsTooLongForADatagramGoesOverTCP(t *testing.T) {
	for name, streams := range map[string]bool{"with TCP": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := siptest.NewNetwork(1)
				r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
				want := "SIP/2.0/UDP"
				if streams {
					r.ListenStreams(t, n.ListenStream("10.0.0.9:5060"))
					want = "SIP/2.0/TCP"
				}
				l := &lineLog{}
				newPhone(t, n, "10.0.0.1:5060", wordy, func(o *Options) { o.Accounts, o.Line = []Account{bob}, l.tell })
				after(time.Second)
				expectLines(t, "line", l.of(0), "registering", "registered 200")
				all := r.Requests()
				if len(all) != 1 || !strings.HasPrefix(all[0].Header("Via"), want) || all[0].ContactURI() != "sip:bob@10.0.0.1:5060" {
					t.Errorf("%d requests, the first\n%s", len(all), all[0].Raw)
				}
			})
		})
	}
}

func TestRefusedRefreshLeavesTheBindingAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, r, l := registering(t, func(r *siptest.Registrar) { r.Grant(1000*time.Second, "Service-Route: <sip:10.0.0.9;lr>") }, bob)
		r.Silence(true)
		l.await(Failed)
		expectLines(t, "line", l.of(0), "registering", "registered 200", "registering", "failed")
		s := l.last()
		if s.Expires < 50*time.Second || s.Expires > 200*time.Second {
			t.Errorf("told %+v: the binding holds for what is left of 1000 s", s)
		}
		if first, _ := p.route(0); first == nil {
			t.Error("the route is gone before the binding is")
		}
		after(s.Expires)
		if first, further := p.route(0); first != nil || len(further) != 0 {
			t.Errorf("the route outlives the binding: %v, %v", first, further)
		}
	})
}
