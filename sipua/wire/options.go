package wire

import (
	"context"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"sidetone/sipua/guard"
)

// Options are what an Endpoint is made of. Deliver is required, the rest may be zero.
type Options struct {
	Listen  []string         // "udp://0.0.0.0:5060", "tcp://[::1]:0", "tls://0.0.0.0:5061"
	Packets []net.PacketConn // UDP sockets handed in, besides Listen
	Streams []net.Listener   // TCP listeners handed in, besides Listen
	Secure  []net.Listener   // TCP listeners handed in, to speak TLS on
	Dial    func(ctx context.Context, remote netip.AddrPort) (net.Conn, error)
	TLS     Security

	// Deliver is given every message, in order of arrival within a socket, and from one goroutine per socket. It must
	// not block: nothing is read from that socket meanwhile.
	Deliver func(Inbound)
	// Refused is told of what was received and not delivered. The reason is one of the Refused constants.
	Refused func(reason string, from netip.AddrPort)
	// Dropped is told how many datagrams the kernel has dropped since it was last told: junk, or what there was no room for.
	Dropped func(n int)
	// Failed is told of a message that Send had accepted and that could not be sent, or not wholly.
	Failed func(Outbound, error)
	// Closed is told of a connection that was open and is not any more, whoever has ended it. It is called from the
	// goroutine of that connection, after every message of it was delivered, and must not block.
	Closed func(Flow)

	// Guard is asked of every datagram, frame and connection before it is looked at; nil admits all.
	Guard  *guard.Guard
	Limits Limits
	Logger *zap.Logger
}

// Limits bound what peers can make the endpoint spend. A field that is zero takes its default.
type Limits struct {
	Message      int           // bytes of one message; 65535
	Header       int           // bytes of its start line and header; 16 KiB
	HeaderFields int           // lines of its header; 256
	Connections  int           // TCP and TLS connections at the same time; 256
	PerAddress   int           // of these, accepted from one address; 64
	Backlog      int           // bytes waiting to be written on one connection; 256 KiB
	Connect      time.Duration // to open a connection, the handshake of TLS included; 10 s
	Handshake    time.Duration // for the handshake of TLS on an accepted connection; 10 s
	Write        time.Duration // to write one message to a connection; 10 s
	FirstMessage time.Duration // for the first message on an accepted connection to be complete; 15 s
	NextMessage  time.Duration // for a message that has begun to be complete; 15 s
	Idle         time.Duration // with nothing sent or received; 10 min
	Linger       time.Duration // for answers after a connection lost its framing, and to flush at the end; 1 s
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		set *int
		def int
	}{
		{&l.Message, 65535},
		{&l.Header, 16 << 10},
		{&l.HeaderFields, 256},
		{&l.Connections, 256},
		{&l.PerAddress, 64},
		{&l.Backlog, 256 << 10},
	} {
		if *f.set <= 0 {
			*f.set = f.def
		}
	}
	for _, f := range []struct {
		set *time.Duration
		def time.Duration
	}{
		{&l.Connect, 10 * time.Second},
		{&l.Handshake, 10 * time.Second},
		{&l.Write, 10 * time.Second},
		{&l.FirstMessage, 15 * time.Second},
		{&l.NextMessage, 15 * time.Second},
		{&l.Idle, 10 * time.Minute},
		{&l.Linger, time.Second},
	} {
		if *f.set <= 0 {
			*f.set = f.def
		}
	}
	return l
}

// Why something received was not delivered.
const (
	RefusedJunk       = "junk"       // not SIP at all
	RefusedOversized  = "oversized"  // above Limits.Message, Limits.Header or Limits.HeaderFields
	RefusedTruncated  = "truncated"  // ends before its header does
	RefusedMalformed  = "malformed"  // a response that is broken, or a request too broken to be answered
	RefusedParser     = "parser"     // the parser gave up in a way it must not
	RefusedMisrouted  = "misrouted"  // a response that is for somebody else
	RefusedConnection = "connection" // above Limits.Connections or Limits.PerAddress
	RefusedSlow       = "slow"       // a connection without a complete message in time
	RefusedRate       = "rate"       // more than its source may send
	RefusedSilenced   = "silenced"   // from a source that nothing is answered to for a while
	RefusedHandshake  = "handshake"  // a connection on which TLS did not come about
)
