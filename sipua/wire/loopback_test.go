package wire

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/internal/siptest"
)

// arrive waits for a message on real sockets.
func arrive(t *testing.T, l *log) Inbound {
	t.Helper()
	select {
	case in := <-l.arrivals:
		return in
	case <-time.After(10 * time.Second):
		t.Fatalf("nothing has arrived; refused %q", l.refusals())
		return Inbound{}
	}
}

func onLoopback(t *testing.T, listen ...string) (*Endpoint, *log, func()) {
	t.Helper()
	return secureOnLoopback(t, Security{}, listen...)
}

func secureOnLoopback(t *testing.T, security Security, listen ...string) (*Endpoint, *log, func()) {
	t.Helper()
	l := &log{arrivals: make(chan Inbound, 100)}
	o := l.options()
	o.Listen = listen
	o.TLS = security
	e, stop := start(t, o)
	return e, l, stop
}

func TestTwoEndpointsTalkOverLoopback(t *testing.T) {
	hosts := []string{"127.0.0.1"}
	if probe, err := net.ListenPacket("udp6", "[::1]:0"); err == nil {
		hosts = append(hosts, "[::1]")
		_ = probe.Close() // it was a probe
	}
	security := issue(siptest.NewAuthority(t.TempDir()), "loopback", func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	})
	for _, host := range hosts {
		for _, transport := range []string{UDP, TCP, TLS} {
			t.Run(transport+" "+host, func(t *testing.T) {
				a, aLog, stopA := secureOnLoopback(t, security, transport+"://"+host+":0")
				defer stopA()
				b, bLog, stopB := secureOnLoopback(t, security, transport+"://"+host+":0")
				defer stopB()
				for i := range 20 {
					via := fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK%d", strings.ToUpper(transport), a.Addrs()[0].Local, i)
					o := Outbound{Flow: Flow{Transport: transport, Remote: b.Addrs()[0].Local}, Raw: []byte(with(via))}
					if err := a.Send(o); err != nil {
						t.Fatal(err)
					}
					in := arrive(t, bLog)
					if age := time.Since(in.At); age < 0 || age > 10*time.Second {
						t.Errorf("received %s ago", age)
					}
					response := "SIP/2.0 200 OK\r\n" + via + "\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n" +
						"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
					if err := b.Send(Outbound{Flow: in.Flow, Raw: []byte(response)}); err != nil {
						t.Fatal(err)
					}
					if in := arrive(t, aLog); string(in.Raw) != response {
						t.Errorf("answered %q", in.Raw)
					}
				}
			})
		}
	}
}

func TestPortInUseIsNamed(t *testing.T) {
	for _, transport := range []string{UDP, TCP} {
		e, _, stop := onLoopback(t, transport+"://127.0.0.1:0")
		entry := fmt.Sprintf("%s://%s", transport, e.Addrs()[0].Local)
		_, err := Open(Options{Deliver: func(Inbound) {}, Listen: []string{transport + "://127.0.0.1:0", entry}})
		var listen *ListenError
		if !errors.As(err, &listen) || listen.Entry != entry || listen.Index != 1 || !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("got %v", err)
		}
		if want := fmt.Sprintf("listen %q: bind: address already in use", entry); err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		stop()
	}
}

func TestListenEntriesAreChecked(t *testing.T) {
	for _, entry := range []string{"", "127.0.0.1:5060", "sip://127.0.0.1:5060", "udp://127.0.0.1", "udp://:5060", "tcp://phone:5060", "udp://1.2.3.4:66000"} {
		_, err := Open(Options{Deliver: func(Inbound) {}, Listen: []string{entry}})
		var listen *ListenError
		if !errors.As(err, &listen) || !strings.Contains(err.Error(), fmt.Sprintf("%q", entry)) {
			t.Errorf("%q: %v", entry, err)
		}
	}
	if _, err := Open(Options{Deliver: func(Inbound) {}}); err == nil {
		t.Error("an endpoint with no socket was opened")
	}
	if _, err := Open(Options{Listen: []string{"udp://127.0.0.1:0"}}); err == nil {
		t.Error("an endpoint with no Deliver was opened")
	}
}

func TestEndpointThatNeverRanCanBeClosed(t *testing.T) {
	e, err := Open(Options{Deliver: func(Inbound) {}, Listen: []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestLocalForIsTheBoundAddressOrTheRoutedOne(t *testing.T) {
	e, _, stop := onLoopback(t, "udp://0.0.0.0:0", "tcp://127.0.0.1:0")
	defer stop()
	udp, tcp := e.Addrs()[0].Local, e.Addrs()[1].Local
	loopback := netip.MustParseAddrPort("127.0.0.1:5060")
	got, err := e.LocalFor(UDP, loopback)
	if want := netip.AddrPortFrom(loopback.Addr(), udp.Port()); err != nil || got != want {
		t.Errorf("udp: got %s, %v; want %s", got, err, want)
	}
	if got, err := e.LocalFor(TCP, loopback); err != nil || got != tcp {
		t.Errorf("tcp: got %s, %v; want %s", got, err, tcp)
	}
	if got, err := e.LocalFor(UDP, netip.MustParseAddrPort("[::1]:5060")); !errors.Is(err, ErrNoSocket) {
		t.Errorf("udp toward IPv6: got %s, %v", got, err)
	}
	if got, err := e.LocalFor(TLS, loopback); err != nil || got != netip.AddrPortFrom(loopback.Addr(), 0) {
		t.Errorf("tls, where nothing listens: got %s, %v", got, err)
	}
}

func TestPickPrefersTheAddressTheRouteLeavesFrom(t *testing.T) {
	addrs := func(s ...string) (list []netip.AddrPort) {
		for _, a := range s {
			list = append(list, netip.MustParseAddrPort(a))
		}
		return list
	}
	loopback := netip.MustParseAddrPort("127.0.0.1:5060")
	tests := []struct {
		name  string
		bound []netip.AddrPort
		want  int
	}{
		{"only one of the family", addrs("[::1]:1", "192.0.2.1:1"), 1},
		{"routed", addrs("192.0.2.1:1", "0.0.0.0:2", "127.0.0.1:3"), 2},
		{"every address", addrs("192.0.2.1:1", "0.0.0.0:2"), 1},
		{"first", addrs("192.0.2.1:1", "192.0.2.2:2"), 0},
	}
	for _, tt := range tests {
		if got, err := pick(tt.bound, loopback); err != nil || got != tt.want {
			t.Errorf("%s: got %d, %v; want %d", tt.name, got, err, tt.want)
		}
	}
}

func TestAddrsAreWhatIsBound(t *testing.T) {
	n := siptest.NewNetwork(1)
	e, err := Open(Options{
		Deliver: func(Inbound) {}, Packets: []net.PacketConn{n.Listen("10.0.0.1:5060")},
		Streams: []net.Listener{n.ListenStream("10.0.0.1:5062")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	want := []Flow{
		{Transport: UDP, Local: netip.MustParseAddrPort("10.0.0.1:5060")},
		{Transport: TCP, Local: netip.MustParseAddrPort("10.0.0.1:5062")},
	}
	if diff := cmp.Diff(want, e.Addrs(), cmp.Comparer(func(a, b Flow) bool { return a == b })); diff != "" {
		t.Errorf("addrs (-want +got):\n%s", diff)
	}
}
