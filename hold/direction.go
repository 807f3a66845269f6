package hold

import "sidetone/trace"

// sends and receives split a direction into its two halves.
func sends(d trace.MediaDirection) bool    { return d == trace.SendRecv || d == trace.SendOnly }
func receives(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.RecvOnly }

// join is the opposite of sends and receives.
func join(send, receive bool) trace.MediaDirection {
	switch {
	case send && receive:
		return trace.SendRecv
	case send:
		return trace.SendOnly
	case receive:
		return trace.RecvOnly
	default:
		return trace.Inactive
	}
}

// Reverse is the direction seen from the other end (RFC 3264 section 6.1).
func Reverse(d trace.MediaDirection) trace.MediaDirection { return join(receives(d), sends(d)) }

// Answer is the direction to answer an offer with: what is wanted, cut to what the offer permits (RFC 3264 section 6.1).
func Answer(want, offered trace.MediaDirection) trace.MediaDirection {
	peer := Reverse(offered)
	return join(sends(want) && sends(peer), receives(want) && receives(peer))
}

// Effective is what this side does once both descriptions are exchanged. A peer at address 0.0.0.0 is sent nothing
// (RFC 3264 section 8.4, RFC 6337 section 5.4).
func Effective(ours, theirs trace.MediaDirection, zeroAddress bool) trace.MediaDirection {
	d := Answer(ours, theirs)
	return join(sends(d) && !zeroAddress, receives(d))
}
