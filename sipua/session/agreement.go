package session

import (
	"sidetone/hold"
	"sidetone/sipua/offer"
)

// agreement is what a dialog has of the session: its offer and answer, and who holds whom. The INVITE of a caller begins
// one, and every dialog that the INVITE makes goes on with a copy of its own (RFC 3261 section 13.2.2.4).
type agreement struct {
	sdp    *offer.Negotiation
	hold   *hold.Machine
	agreed bool // the first offer has its answer in a reliable message, received or sent (RFC 6337 section 2.1)
}

func (a *agreement) clone() *agreement {
	return &agreement{sdp: a.sdp.Clone(), hold: a.hold.Clone(), agreed: a.agreed}
}
