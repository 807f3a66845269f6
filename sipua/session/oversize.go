package session

import (
	"errors"
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/wire"
)

// tooLong tells whether a request is too long for a datagram, and its peer not known to be without TCP (RFC 3261 section
// 18.1.1). A CANCEL goes where its INVITE went; so does the ACK of a 2xx, of which nobody would tell that it was lost.
func (s *Session) tooLong(req *sip.Request, flow wire.Flow) bool {
	return flow.Transport == wire.UDP && req.Method != sip.CANCEL && flow.Remote != s.withoutTCP &&
		len(req.String()) > wire.MaxDatagram
}

// overTCP makes a request go over TCP, to the same address and port: only its Via says so (RFC 3261 section 18.1.1).
func (x *exchange) overTCP(req *sip.Request) *sip.Request {
	x.datagram = x.flow
	x.flow = wire.Flow{Transport: wire.TCP, Remote: x.flow.Remote}
	long := req.Clone()
	long.Via().Transport = "TCP"
	return long
}

// backToUDP sends by datagram what was too long for one, as there is no connection to be had: the peer may know UDP only
// (RFC 3261 section 18.1.1). It reports false when that is not what happened.
func (s *Session) backToUDP(x *exchange, err error) bool {
	var refused *wire.ConnectError
	if x.datagram == (wire.Flow{}) || !errors.As(err, &refused) {
		return false
	}
	s.withoutTCP = x.flow.Remote
	req := x.machine.Request().Clone()
	s.abandon(x)
	via := req.Via()
	local := netip.AddrPortFrom(netip.MustParseAddr(via.Host), uint16(via.Port))
	req.ReplaceHeader(message.Via(wire.UDP, local, s.cfg.Token()))
	x.flow, x.datagram = x.datagram, wire.Flow{}
	s.begin(x, req)
	return true
}
