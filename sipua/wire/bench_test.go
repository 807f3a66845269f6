package wire

import (
	"fmt"
	"net/netip"
	"testing"
)

// offer is SDP as phones send it.
const offer = "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" +
	"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// invite is an INVITE as phones send them.
var invite = text(
	"INVITE sip:bob@10.0.0.1:5060 SIP/2.0",
	"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK776asdhds;rport",
	"Max-Forwards: 70",
	`From: "Alice" <sip:alice@10.0.0.2>;tag=1928301774`,
	"To: <sip:bob@10.0.0.1>",
	"Call-ID: a84b4c76e66710@10.0.0.2",
	"CSeq: 314159 INVITE",
	"Contact: <sip:alice@10.0.0.2:5060>",
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK",
	"Supported: 100rel, timer",
	"User-Agent: phone",
	"Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000",
	"Content-Type: application/sdp",
	fmt.Sprintf("Content-Length: %d", len(offer)),
) + offer

// BenchmarkReceive is a datagram from the socket to Deliver, less the system call.
func BenchmarkReceive(b *testing.B) {
	delivered := 0
	limits := Limits{}.withDefaults()
	e := &Endpoint{reader: newReader(limits), limits: limits, options: Options{Deliver: func(in Inbound) {
		if in.Fault == nil {
			delivered++
		}
	}}}
	s := &packetSocket{endpoint: e, local: us}
	p := packet{from: netip.MustParseAddrPort("10.0.0.2:5060")}
	raw := []byte(invite)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		s.receive(raw, p)
	}
	if delivered == 0 {
		b.Fatal("nothing was delivered")
	}
}

// BenchmarkJunk is what a flood of junk costs for each datagram.
func BenchmarkJunk(b *testing.B) {
	limits := Limits{}.withDefaults()
	e := &Endpoint{reader: newReader(limits), limits: limits}
	s := &packetSocket{endpoint: e, local: us}
	p := packet{from: netip.MustParseAddrPort("10.0.0.2:5060")}
	raw := []byte("GET / HTTP/1.1\r\nHost: example\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		s.receive(raw, p)
	}
}

// BenchmarkFrame is a message cut out of a stream.
func BenchmarkFrame(b *testing.B) {
	f := framer{limits: Limits{}.withDefaults()}
	raw := []byte(invite)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		f.write(raw)
		if _, ok, err := f.next(); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkDestination is what Send looks up in a response.
func BenchmarkDestination(b *testing.B) {
	o := Outbound{
		Flow: Flow{Transport: UDP, Remote: netip.MustParseAddrPort("10.0.0.2:5060")},
		Raw:  []byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK776asdhds;rport=5060;received=10.0.0.2\r\n\r\n"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if !o.Destination().IsValid() {
			b.Fatal("no destination")
		}
	}
}
