package wire

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/guard"
)

// packetSocket is one UDP socket. One goroutine reads it; anybody writes.
type packetSocket struct {
	endpoint *Endpoint
	conn     net.PacketConn
	source   packetSource
	local    netip.AddrPort
	sent     sentRequests
}

// packet is one datagram and what is known of it.
type packet struct {
	size int
	from netip.AddrPort
	at   time.Time // zero: unknown
	// dropped is how many datagrams the kernel has dropped since the one before: as junk, or for want of room.
	dropped int
}

// packetSource reads datagrams. How depends on the operating system: see stamp_linux.go and bounce_linux.go. Other
// than read, bounces may be called from any goroutine.
type packetSource interface {
	read(buf []byte) (packet, error)
	bounces() []bounce
}

// plainSource reads any net.PacketConn.
type plainSource struct{ conn net.PacketConn }

func (s plainSource) read(buf []byte) (packet, error) {
	n, from, err := s.conn.ReadFrom(buf)
	return packet{size: n, from: addrPort(from)}, err
}

func (s plainSource) bounces() []bounce { return nil }

// run reads the socket until it is closed.
func (s *packetSocket) run(ctx context.Context) {
	buf := make([]byte, s.endpoint.limits.Message+1) // one more, to know a datagram that is too long
	var pause backoff
	for {
		p, err := s.source.read(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !s.collect() && !pause.wait(ctx) {
				return
			}
			continue
		}
		pause = backoff{}
		if p.dropped > 0 && s.endpoint.options.Dropped != nil {
			s.endpoint.options.Dropped(p.dropped)
		}
		if p.at.IsZero() {
			p.at = time.Now()
		}
		s.receive(buf[:p.size], p)
	}
}

func (s *packetSocket) receive(data []byte, p packet) {
	if !s.endpoint.admit(p.at, p.from) {
		return
	}
	data = bytes.TrimLeft(data, "\r\n")
	if len(data) == 0 { // a keep-alive that asks for nothing
		return
	}
	if isJunk(data) { // before it is copied
		s.endpoint.refused(RefusedJunk, p.from)
		return
	}
	flow := Flow{Transport: UDP, Local: s.local, Remote: p.from}
	s.endpoint.receive(flow, bytes.Clone(data), p.at, nil)
}

// send writes a datagram. When an earlier one has bounced, the kernel tells it to whoever uses the socket next: then this
// one was not sent yet.
func (s *packetSocket) send(o Outbound, to netip.AddrPort) error {
	s.sent.add(o)
	err := s.write(o.Raw, to)
	if err != nil && s.collect() {
		err = s.write(o.Raw, to)
	}
	return err
}

func (s *packetSocket) write(raw []byte, to netip.AddrPort) error {
	var err error
	if udp, ok := s.conn.(*net.UDPConn); ok {
		_, err = udp.WriteToUDPAddrPort(raw, to)
	} else {
		_, err = s.conn.WriteTo(raw, net.UDPAddrFromAddrPort(to))
	}
	return err
}

// admit asks the guard whether a source is to be listened to.
func (e *Endpoint) admit(now time.Time, from netip.AddrPort) bool {
	switch e.options.Guard.Admit(now, from) {
	case guard.TooMany:
		e.refused(RefusedRate, from)
		return false
	case guard.Silenced:
		e.refused(RefusedSilenced, from)
		return false
	case guard.Admitted:
	}
	return true
}

// receive makes a message of bytes and hands it on. fault is what is known to be wrong with it before it is read.
func (e *Endpoint) receive(flow Flow, raw []byte, at time.Time, fault *Fault) {
	msg, found, err := e.reader.read(raw)
	if err != nil {
		e.refuse(err, flow.Remote)
		return
	}
	if fault == nil {
		fault = found
	}
	switch msg := msg.(type) {
	case *sip.Request:
		if via := msg.Via(); via != nil {
			markSource(via, flow.Remote)
		}
	case *sip.Response:
		if fault != nil { // the frame around it was broken
			e.refuse(refuse(RefusedMalformed, fault.Reason), flow.Remote)
			return
		}
	}
	e.options.Deliver(Inbound{Flow: flow, Message: msg, Raw: raw, At: at, Fault: fault})
}

// addrPort is the address of a peer, never an IPv4 one in the clothes of IPv6.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.UDPAddr:
		ap = a.AddrPort()
	case *net.TCPAddr:
		ap = a.AddrPort()
	case nil:
	default:
		ap, _ = netip.ParseAddrPort(a.String()) // one that is no address is the zero one
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// backoff waits ever longer after errors that come one upon the other, such as a lack of file descriptors.
type backoff struct{ last time.Duration }

func (b *backoff) wait(ctx context.Context) bool {
	b.last = min(max(2*b.last, 5*time.Millisecond), time.Second)
	timer := time.NewTimer(b.last)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
