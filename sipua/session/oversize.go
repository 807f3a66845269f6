package session

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/wire"
)

const (
	// connectWithin is how long a connection may take that is opened for want of room in a datagram. A second SYN is sent within
	// it (RFC 6298 section 2.1); then the datagram goes out, as it would have with no thought of TCP.
	connectWithin = 2 * time.Second
	// withoutTCPFor is how long a peer is known to have no TCP.
	withoutTCPFor = 5 * time.Minute
)

// tooLong tells whether a request is too long for a datagram, and its peer not known to be without TCP (RFC 3261 section
// 18.1.1). A CANCEL goes where its INVITE went; so does the ACK of a 2xx, of which nobody would tell that it was lost.
func (s *Session) tooLong(req *sip.Request, flow wire.Flow) bool {
	if req.Method == sip.CANCEL || !flow.TooLong(req) {
		return false
	}
	return s.cfg.Avoided == nil || !s.cfg.Avoided(wire.Flow{Transport: wire.TCP, Remote: flow.Remote})
}

// overTCP makes a request go over TCP.
func (x *exchange) overTCP(req *sip.Request) *sip.Request {
	x.datagram = x.flow
	x.flow, req = x.flow.OverTCP(req)
	return req
}

// backToUDP sends by datagram what was too long for one, as there is no connection to be had: the peer may know UDP only
// (RFC 3261 section 18.1.1). It reports false when that is not what happened.
func (s *Session) backToUDP(x *exchange, err error) bool {
	if x.datagram == (wire.Flow{}) || !wire.WithoutTCP(err) {
		return false
	}
	if !errors.Is(err, wire.ErrConnections) { // that is no fault of the peer's
		s.emit(Avoid{Flow: x.flow, For: withoutTCPFor})
	}
	req := wire.ByDatagram(x.machine.Request(), s.cfg.Token())
	s.abandon(x)
	x.flow, x.datagram = x.datagram, wire.Flow{}
	s.begin(x, req)
	return true
}
