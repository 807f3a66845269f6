package offer

import (
	"net/netip"
	"time"

	"sidetone/trace"
)

// Media is what an offer and its answer agreed on, seen from this side.
type Media struct {
	Codec       string // "" while nothing is agreed
	PayloadType uint8  // to send with
	DTMF        uint8  // payload type of telephone-event to send with; 0 when the peer takes none
	Ptime       time.Duration
	// Direction is what this side does: a stream that the peer marked sendonly is recvonly here. An address of 0.0.0.0
	// takes sending away (RFC 3264 section 8.4).
	Direction trace.MediaDirection
	Remote    netip.AddrPort // where to send; invalid while it is not known, or when the peer gave 0.0.0.0
	Local     netip.AddrPort // where we said that we receive
}
