package hold

import (
	"time"

	"sidetone/trace"
)

// Method is the request that carries a hold offer.
type Method string

// The methods. Every peer understands re-INVITE (RFC 3261 section 14); UPDATE it must allow (RFC 3311 section 5.1). Auto is
// UPDATE where the peer has said that it takes it, and re-INVITE elsewhere: a phone answers a hold at once, so it needs none
// of the time that a re-INVITE would leave.
const (
	Auto     Method = "auto"
	ReINVITE Method = "re-INVITE"
	UPDATE   Method = "UPDATE"
	PRACK    Method = "PRACK" // of a peer's offer (RFC 3262 section 5)
)

// Options of a Machine. The zero value holds with sendonly, and suspends for three minutes.
type Options struct {
	// Direction that is offered on hold: SendOnly lets the held party hear music, Inactive sends nothing (RFC 6337
	// section 5.3).
	Direction trace.MediaDirection
	Method    Method
	// RemindEvery is how often a person who holds is reminded, 0 for never.
	RemindEvery time.Duration
	// Longest is how long a person may hold before the call is released, 0 for as long as they like.
	Longest time.Duration
	// T2 and T6 are how long a call is suspended that a user, or the network, has suspended; 0 means DefaultSuspension.
	T2, T6 time.Duration
}

// DefaultSuspension is ISUP T2 as ITU-T Q.764 annex A has it. T6 is the network's to set (Q.118); it takes the same.
const DefaultSuspension = 180 * time.Second

func (o Options) withDefaults() Options {
	if o.Direction != trace.Inactive {
		o.Direction = trace.SendOnly
	}
	if o.Method == "" {
		o.Method = Auto
	}
	for _, t := range []*time.Duration{&o.T2, &o.T6} {
		if *t <= 0 {
			*t = DefaultSuspension
		}
	}
	return o
}
