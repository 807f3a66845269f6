package sipua

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua/register"
)

// brittle is a socket whose writes panic for as long as it is told to.
type brittle struct {
	net.PacketConn
	broken atomic.Bool
}

func (b *brittle) WriteTo(p []byte, addr net.Addr) (int, error) {
	if b.broken.Load() {
		panic("a bug")
	}
	return b.PacketConn.WriteTo(p, addr)
}

// onBrittle gives a phone such a socket.
func onBrittle(b **brittle) func(*Options) {
	return func(o *Options) {
		*b = &brittle{PacketConn: o.Wire.Packets[0]}
		o.Wire.Packets = []net.PacketConn{*b}
	}
}

func TestPanicOnASocketsGoroutineLosesOneMessageAndNotTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		var socket *brittle
		phone := newPhone(t, n, "10.0.0.1:5060", onBrittle(&socket))
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		socket.broken.Store(true)
		peer.Request(phone.addr, siptest.Request{Method: "OPTIONS"})
		synctest.Wait()
		socket.broken.Store(false)
		peer.Request(phone.addr, siptest.Request{Method: "OPTIONS"})
		peer.Expect(siptest.Status(200, "OPTIONS"))
		after(time.Minute)
		if got := phone.reported(); got["internal error"] != 1 {
			t.Errorf("reported %v", got)
		}
	})
}

func TestPanicOfARegistrationIsFollowedByAnotherAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
		r.Grant(1000 * time.Second)
		l := &lineLog{}
		var socket *brittle
		phone := newPhone(t, n, "10.0.0.1:5060", onBrittle(&socket), func(o *Options) { o.Accounts, o.Line = []Account{bob}, l.tell })
		synctest.Wait()
		socket.broken.Store(true)
		after(10 * time.Minute) // keep-alives and a refresh
		l.await(Failed)
		if s := l.last(); s.Reason != "internal error" {
			t.Errorf("told %+v", s)
		}
		socket.broken.Store(false)
		l.await(Registered)
		after(time.Minute)
		if got := phone.reported(); got["internal error"] == 0 {
			t.Errorf("reported %v", got)
		}
		if _, err := phone.Bindings(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestPanicOfWhoIsToldOfALineDisturbsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		r := siptest.NewRegistrar(t, n.Listen("10.0.0.9:5060"))
		r.Grant(1000 * time.Second)
		newPhone(t, n, "10.0.0.1:5060", func(o *Options) { o.Accounts, o.Line = []Account{bob}, func(LineStatus) { panic("a bug") } })
		after(2000 * time.Second)
		if n := len(r.Requests()); n != 3 {
			t.Errorf("%d requests in two bindings' time", n)
		}
	})
}

// buggyNames is a Resolver that panics.
type buggyNames struct{ names }

func (buggyNames) Addresses(context.Context, string, bool) ([]netip.Addr, error) { panic("a bug") }

func TestPanicOfALookupIsALookupThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		l := &lineLog{}
		phone := newPhone(t, n, "10.0.0.1:5060", func(o *Options) {
			o.Resolver, o.Line = buggyNames{}, l.tell
			o.Accounts = []Account{{AOR: "sip:bob@example.com", Registrar: "sip:example.com"}}
		})
		_, c := phone.dialURI(t, "sip:carol@example.com")
		after(time.Second)
		if s := l.last(); s.State != Failed || !strings.Contains(s.Reason, errInternal.Error()) {
			t.Errorf("told %+v", s)
		}
		if e, ended := c.ended(); !ended || e.LastResponse != 0 {
			t.Errorf("%v", c.said())
		}
	})
}

func TestRegistrationThatCannotBeginAnewIsTriedAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, err := New(Options{Accounts: []Account{bob}, Wire: emptyWire(siptest.NewNetwork(1))})
		if err != nil {
			t.Fatal(err)
		}
		r := ua.lines[0]
		r.machine = nil
		r.step(register.Start{})
		if due := r.timers[register.Timer{Kind: register.Again}]; time.Until(due) != crashPause {
			t.Errorf("timers %v", r.timers)
		}
		ua.cancel()
		if err := ua.endpoint.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}
