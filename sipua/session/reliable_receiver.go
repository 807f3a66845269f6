package session

// reliableReceiver is the caller's side of RFC 3262 in one early dialog: it tells which reliable provisional response is
// the next one. The first may have any number (section 4).
type reliableReceiver struct {
	last uint32 // RSeq of the last one in order, 0 before the first
}

// receipt is what a reliable provisional response is to its receiver.
type receipt uint8

// The receipts.
const (
	inOrder  receipt = iota // it is acknowledged and served
	repeated                // a retransmission: it was acknowledged before
	ahead                   // one is missing: it comes again, and in order
)

// take looks at a number.
func (r *reliableReceiver) take(rseq uint32) receipt {
	switch {
	case r.last == 0 || rseq == r.last+1:
		r.last = rseq
		return inOrder
	case rseq <= r.last:
		return repeated
	default:
		return ahead
	}
}
