package wire

import (
	"errors"

	"github.com/emiago/sipgo/sip"
)

// TooLong tells whether a request is too long for a datagram (RFC 3261 18.1.1).
func (f Flow) TooLong(req *sip.Request) bool {
	return f.Transport == UDP && len(req.String()) > MaxDatagram
}

// OverTCP is how a request goes that is too long for a datagram: over TCP, to the same address and port. Only its Via says
// so (RFC 3261 18.1.1).
func (f Flow) OverTCP(req *sip.Request) (Flow, *sip.Request) {
	long := req.Clone()
	long.Via().Transport = "TCP"
	return Flow{Transport: TCP, Remote: f.Remote}, long
}

// WithoutTCP tells whether a request that went OverTCP has to go by datagram all the same: there is no connection to be had,
// as the peer may know UDP only (RFC 3261 18.1.1). The peer has nothing of it yet.
func WithoutTCP(err error) bool {
	var refused *ConnectError
	return errors.As(err, &refused)
}

// ByDatagram is such a request over UDP, under a branch of its own.
func ByDatagram(req *sip.Request, branch string) *sip.Request {
	short := req.Clone()
	via := short.Via()
	via.Transport = "UDP"
	via.Params.Add("branch", sip.RFC3261BranchMagicCookie+branch)
	return short
}
