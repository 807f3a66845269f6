package hold

import "sidetone/trace"

// Method is the request that carries a hold offer.
type Method string

// The methods. Every peer understands re-INVITE (RFC 3261 section 14); UPDATE it must allow (RFC 3311 section 5.1). Auto
// is UPDATE before the answer, where there is no other way, and re-INVITE after it, as RFC 3311 section 5.1 recommends.
const (
	Auto     Method = "auto"
	ReINVITE Method = "re-INVITE"
	UPDATE   Method = "UPDATE"
	PRACK    Method = "PRACK" // of a peer's offer (RFC 3262 section 5)
)

// Options of a Machine. The zero value holds with sendonly by re-INVITE.
type Options struct {
	// Direction that is offered on hold: SendOnly lets the held party hear music, Inactive sends nothing (RFC 6337
	// section 5.3).
	Direction trace.MediaDirection
	Method    Method
}
