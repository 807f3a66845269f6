package wire

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func TestTopViaSaysWhereTheRequestCameFrom(t *testing.T) {
	tests := []struct{ name, via, source, want string }{
		{"same address", "SIP/2.0/UDP 192.0.2.1:5060;branch=b", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1:5060;branch=b"},
		{"same address, other port", "SIP/2.0/UDP 192.0.2.1:5060;branch=b", "192.0.2.1:1", "SIP/2.0/UDP 192.0.2.1:5060;branch=b"},
		{"other address", "SIP/2.0/UDP 10.0.0.1;branch=b", "192.0.2.1:5060", "SIP/2.0/UDP 10.0.0.1;branch=b;received=192.0.2.1"},
		{"name", "SIP/2.0/UDP bobspc.example;branch=b", "192.0.2.4:5060", "SIP/2.0/UDP bobspc.example;branch=b;received=192.0.2.4"},
		{
			"rport", "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=b", "192.0.2.1:9988",
			"SIP/2.0/UDP 10.1.1.1:4540;rport=9988;branch=b;received=192.0.2.1",
		},
		{"rport from the same address", "SIP/2.0/UDP 192.0.2.1;rport", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;rport=5060;received=192.0.2.1"},
		{"rport made up by the client", "SIP/2.0/UDP 192.0.2.1;rport=25", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;rport=5060;received=192.0.2.1"},
		{"received made up by the client", "SIP/2.0/UDP 192.0.2.1;received=203.0.113.9", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1"},
		{"IPv6", "SIP/2.0/UDP [2001:db8::1];branch=b", "[2001:db8:0::1]:5060", "SIP/2.0/UDP [2001:db8::1];branch=b"},
		{"IPv4 within IPv6", "SIP/2.0/UDP [::ffff:192.0.2.1]:5070;branch=b", "192.0.2.1:5060", "SIP/2.0/UDP [::ffff:192.0.2.1]:5070;branch=b"},
		{"IPv6 with a zone", "SIP/2.0/UDP [fe80::1%eth0];branch=b", "192.0.2.1:5060", "SIP/2.0/UDP [fe80::1%eth0];branch=b;received=192.0.2.1"},
		{"other IPv6", "SIP/2.0/UDP [2001:db8::1];branch=b", "[2001:db8::2]:5060", "SIP/2.0/UDP [2001:db8::1];branch=b;received=2001:db8::2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, ok := readVia(tt.via)
			via, isVia := h.(*sip.ViaHeader)
			if !ok || !isVia {
				t.Fatal("Via cannot be read")
			}
			markSource(via, netip.MustParseAddrPort(tt.source))
			if got := via.Value(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestMessagesGoWhereTheRFCsSendThem(t *testing.T) {
	remote := netip.MustParseAddrPort("192.0.2.1:9988")
	tests := []struct{ name, transport, start, via, want, reconnect string }{
		{"request", UDP, "OPTIONS sip:h SIP/2.0", "SIP/2.0/UDP 192.0.2.9:5060", "192.0.2.1:9988", "192.0.2.1:9988"},
		{"response to the sent-by port", UDP, "SIP/2.0 200 OK", "SIP/2.0/UDP 192.0.2.1:5070", "192.0.2.1:5070", "192.0.2.1:5070"},
		{"response to the default port", UDP, "SIP/2.0 200 OK", "SIP/2.0/UDP 192.0.2.1", "192.0.2.1:5060", "192.0.2.1:5060"},
		{
			"response to the source, never to what Via claims", UDP, "SIP/2.0 200 OK",
			"SIP/2.0/UDP 203.0.113.9:5070;maddr=203.0.113.8;received=203.0.113.7", "192.0.2.1:5070", "192.0.2.1:5070",
		},
		{"response with rport", UDP, "SIP/2.0 200 OK", "SIP/2.0/UDP 10.0.0.1:5070;rport=9988;received=192.0.2.1", "192.0.2.1:9988", "192.0.2.1:5070"},
		{"response over TCP", TCP, "SIP/2.0 200 OK", "SIP/2.0/TCP 192.0.2.1:5070", "192.0.2.1:9988", "192.0.2.1:5070"},
		{"request over TCP", TCP, "BYE sip:h SIP/2.0", "SIP/2.0/TCP 192.0.2.9:5070", "192.0.2.1:9988", "192.0.2.1:9988"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Outbound{
				Flow: Flow{Transport: tt.transport, Remote: remote},
				Raw:  []byte(text(tt.start, "CSeq: 1 X", "v : "+tt.via+", SIP/2.0/UDP h.example:1")),
			}
			if got := o.Destination(); got.String() != tt.want {
				t.Errorf("goes to %s, want %s", got, tt.want)
			}
			if got := o.reconnect().Remote; got.String() != tt.reconnect {
				t.Errorf("opens a connection to %s, want %s", got, tt.reconnect)
			}
		})
	}
}

func TestResponseWithoutReadableViaGoesBackToTheSource(t *testing.T) {
	o := Outbound{Flow: Flow{Transport: UDP, Remote: netip.MustParseAddrPort("192.0.2.1:9988")}}
	for _, via := range []string{"", "Via: nonsense\r\n"} {
		o.Raw = []byte("SIP/2.0 400 Bad Request\r\n" + via + "\r\n")
		if got := o.Destination(); got != o.Flow.Remote {
			t.Errorf("%q: goes to %s", via, got)
		}
	}
}

func TestSentByIsReadStrictly(t *testing.T) {
	for s, want := range map[string]string{
		"h.example": "h.example 0", "h:5060": "h 5060", "h : 5060": "h 5060", "[::1]": "::1 0", "[::1]:5061": "::1 5061",
		"h:0": "", "h:65536": "", "h:": "", "": "", "::1": "", "[::1": "", "[h]": "", "[::1]x": "", "a b": "", "h:+1": "",
	} {
		host, port, ok := readSentBy(s)
		got := ""
		if ok {
			got = fmt.Sprint(host, " ", port)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
