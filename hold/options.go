package hold

import "sidetone/trace"

// Method is the request that carries a hold offer.
type Method string

// The methods. Auto takes what the peer understands; re-INVITE is understood by all (RFC 3261 section 14).
const (
	Auto     Method = "auto"
	ReINVITE Method = "re-INVITE"
)

// Options of a Machine. The zero value holds with sendonly by re-INVITE.
type Options struct {
	// Direction that is offered on hold: SendOnly lets the held party hear music, Inactive sends nothing (RFC 6337
	// section 5.3).
	Direction trace.MediaDirection
	Method    Method
}
