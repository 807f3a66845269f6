package media

import (
	"net/netip"
	"time"
)

// Events are functions that are told what a session notices. They are called by the pacer, in order, with no lock held;
// they must not block. Nil functions are not called.
type Events struct {
	// DTMF is told of a digit (0-9 * # A-D) when it ends. At is when its first packet arrived.
	DTMF func(at time.Time, digit byte, duration time.Duration)
	// Elsewhere is told when RTP comes from one of Params.Others and none from Params.Remote: it never came, or not for half a
	// second. From is the address of Others. It is told once until Update.
	Elsewhere func(at time.Time, from netip.AddrPort)
	// Silent is told once when no RTP arrived for the engine's SilentAfter although the direction says it should, and again
	// after RTP came and stopped anew.
	Silent func(at time.Time, since time.Duration)
	// Measured is told the counters so far each Options.MeasureEvery, as long as packets arrive here or, by its reports, at the
	// other side.
	Measured func(at time.Time, stats Stats)
}
