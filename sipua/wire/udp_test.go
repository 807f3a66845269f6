package wire

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
)

func TestDatagramsAreDeliveredInOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{})
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		var want []string
		for i := range 1000 {
			peer.Send(us, id(fmt.Sprint(i)))
			want = append(want, fmt.Sprint(i))
		}
		synctest.Wait()
		if got := l.callIDs(); got != strings.Join(want, " ") {
			t.Errorf("delivered %s", got)
		}
		if got := string(l.inbound[0].Raw); got != id("0") {
			t.Errorf("the first has become %q", got)
		}
		stop()
	})
}

func TestInboundSaysWhenAndWhereItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{})
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5070"))
		n.SetFaults(siptest.Faults{Delay: 40 * time.Millisecond})
		sent := time.Now()
		sip := with("Via: SIP/2.0/UDP phone.example;rport;branch=z9hG4bK1")
		peer.Send(us, sip)
		pass(time.Second)
		if len(l.inbound) != 1 {
			t.Fatalf("%d delivered", len(l.inbound))
		}
		in := l.inbound[0]
		want := Flow{Transport: UDP, Local: us, Remote: peer.Addr()}
		if in.Flow != want || in.At.Sub(sent) != 40*time.Millisecond || string(in.Raw) != sip {
			t.Errorf("flow %v, after %s, raw %q", in.Flow, in.At.Sub(sent), in.Raw)
		}
		if got := in.Message.Via().Value(); got != "SIP/2.0/UDP phone.example;rport=5070;branch=z9hG4bK1;received=10.0.0.2" {
			t.Errorf("top Via %s", got)
		}
		stop()
	})
}

func TestJunkIsCountedAndHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		_, stop := onNetwork(t, n, l, Limits{Message: 2000})
		peer := siptest.NewPeer(t, n.Listen("10.0.0.2:5060"))
		raw := n.Listen("10.0.0.3:5060")
		for _, datagram := range []string{
			"\x00\x01\x02", "\r\n\r\n", "\r\n", "GET / HTTP/1.1\r\n\r\n", with()[:50], with() + strings.Repeat("x", 2000),
			strings.Replace(with(), optionsLines[0], "SIP/2.0 999 Never", 1),
		} {
			if _, err := raw.WriteTo([]byte(datagram), net.UDPAddrFromAddrPort(us)); err != nil {
				t.Fatal(err)
			}
		}
		peer.Send(us, "\n\n"+id("good"))
		peer.Send(us, with("CSeq: 1 INVITE", "Call-ID: bad"))
		synctest.Wait()
		if got, want := l.refusals(), "junk junk truncated oversized malformed"; got != want {
			t.Errorf("refused %q, want %q", got, want)
		}
		if got := l.callIDs(); got != "good bad!" {
			t.Errorf("delivered %q", got)
		}
		stop()
	})
}

func TestResponseGoesToTheSentByPortUnlessRport(t *testing.T) {
	for via, port := range map[string]uint16{
		"SIP/2.0/UDP 10.0.0.2:5099;branch=z9hG4bK1":       5099,
		"SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1":            5060,
		"SIP/2.0/UDP 10.0.0.2:5099;rport;branch=z9hG4bK1": 40000,
	} {
		synctest.Test(t, func(t *testing.T) {
			n, l := siptest.NewNetwork(1), &log{}
			e, stop := onNetwork(t, n, l, Limits{})
			source := siptest.NewPeer(t, n.Listen("10.0.0.2:40000"))
			want := source
			if port != 40000 {
				want = siptest.NewPeer(t, n.Listen(netip.AddrPortFrom(source.Addr().Addr(), port).String()))
			}
			source.Send(us, with("Via: "+via))
			synctest.Wait()
			in := l.inbound[0]
			response := "SIP/2.0 200 OK\r\nVia: " + in.Message.Via().Value() + "\r\n\r\n"
			if err := e.Send(Outbound{Flow: in.Flow, Raw: []byte(response)}); err != nil {
				t.Fatal(err)
			}
			want.Expect(siptest.Status(200, ""))
			stop()
		})
	}
}

func TestSendNamesWhatItCannotReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, l := siptest.NewNetwork(1), &log{}
		e, stop := onNetwork(t, n, l, Limits{})
		for _, tt := range []struct {
			flow Flow
			want error
		}{
			{Flow{Transport: UDP}, ErrNoRoute},
			{Flow{Transport: UDP, Remote: netip.MustParseAddrPort("10.0.0.2:0")}, ErrNoRoute},
			{Flow{Transport: UDP, Remote: netip.MustParseAddrPort("[2001:db8::1]:5060")}, ErrNoSocket},
			{Flow{Transport: "sctp", Remote: netip.MustParseAddrPort("10.0.0.2:5060")}, ErrNoSocket},
		} {
			if err := e.Send(Outbound{Flow: tt.flow, Raw: []byte(with())}); !errorIs(err, tt.want) {
				t.Errorf("%v: %v, want %v", tt.flow, err, tt.want)
			}
		}
		stop()
		if err := e.Send(Outbound{Flow: Flow{Transport: UDP, Remote: us}, Raw: []byte(with())}); !errorIs(err, net.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
		if err := e.Send(Outbound{Flow: Flow{Transport: TCP, Remote: us}, Raw: []byte(with())}); !errorIs(err, ErrShutdown) {
			t.Errorf("after the end: %v", err)
		}
	})
}
