package media

import (
	"net/netip"
	"time"
)

// Limits of RFC 3550 A.1.
const (
	maxDropout    = 3000
	maxMisorder   = 100
	minSequential = 2
	sequenceMod   = 1 << 16

	window = 128 // sequence numbers that are remembered, to tell copies: more than maxMisorder
)

// verdict is what becomes of a packet by its sequence number.
type verdict uint8

const (
	accepted  verdict = iota
	restarted         // accepted, and the sequence begins anew
	rejected          // not plausible, or still on probation
	duplicate
)

// reception is the state of one source by RFC 3550 A.1, A.3 and A.8. It is pure: times are arguments, its owner locks.
type reception struct {
	_    [0]func() // not to be compared, so no code is made for it
	ssrc uint32
	from netip.AddrPort
	last time.Time // arrival of the last packet

	maxSeq, baseSeq uint16
	cycles          uint32 // shifted count of wraparounds
	badSeq          uint32 // the next one of a jump, or sequenceMod+1
	probation       int    // packets that must still come in sequence
	received        uint32 // with copies, as RTCP counts
	unique          uint32 // without

	expectedPrior, receivedPrior uint32 // at the last report

	transit uint32
	timed   bool   // transit is known
	jitter  uint32 // estimate, times 16

	seen [window / 64]uint64 // bit per sequence number, modulo window

	pastLost, pastUnique int // of the sequences before this one, and of the sources before this one
}

// newReception begins with the first packet of a source. With probation it is rejected until minSequential packets came in a
// row; without, for a source that signalling told of, it is valid at once.
func newReception(ssrc uint32, seq uint16, from netip.AddrPort, probation bool) reception {
	r := reception{ssrc: ssrc, from: from}
	if probation {
		r.maxSeq, r.probation = seq-1, minSequential
		return r
	}
	r.begin(seq)
	return r
}

// begin is init_seq of A.1.
func (r *reception) begin(seq uint16) {
	r.baseSeq, r.maxSeq, r.badSeq = seq, seq, sequenceMod+1
	r.cycles, r.received, r.unique, r.expectedPrior, r.receivedPrior = 0, 0, 0, 0, 0
	r.seen = [window / 64]uint64{}
	r.timed = false
}

// update is update_seq of A.1.
func (r *reception) update(seq uint16) verdict {
	if r.probation > 0 {
		inSequence := seq == r.maxSeq+1
		r.maxSeq = seq
		if !inSequence {
			r.probation = minSequential - 1
			return rejected
		}
		if r.probation--; r.probation > 0 {
			return rejected
		}
		r.begin(seq)
		r.count(seq)
		return accepted
	}
	switch delta := seq - r.maxSeq; {
	case delta == 0 || delta > sequenceMod-maxMisorder:
		if r.known(seq) {
			r.received++
			return duplicate
		}
	case delta < maxDropout:
		r.forget(r.maxSeq+1, delta)
		if seq < r.maxSeq {
			r.cycles += sequenceMod
		}
		r.maxSeq = seq
	default:
		if uint32(seq) != r.badSeq {
			r.badSeq = uint32(seq + 1)
			return rejected
		}
		r.inherit(r)
		r.begin(seq)
		r.count(seq)
		return restarted
	}
	r.count(seq)
	return accepted
}

func (r *reception) count(seq uint16) {
	r.received++
	r.unique++
	r.seen[seq%window/64] |= 1 << (seq % 64)
}

func (r *reception) known(seq uint16) bool { return r.seen[seq%window/64]&(1<<(seq%64)) != 0 }

// forget clears n numbers from first on, to be used anew.
func (r *reception) forget(first, n uint16) {
	for i := range min(n, window) {
		seq := first + i
		r.seen[seq%window/64] &^= 1 << (seq % 64)
	}
}

// arrival takes a packet into the jitter estimate (A.8, the integer form). Both times are in timestamp units.
func (r *reception) arrival(at, timestamp uint32) {
	transit := at - timestamp
	if !r.timed {
		r.transit, r.timed = transit, true
		return
	}
	d := int32(transit - r.transit)
	r.transit = transit
	r.jitter += uint32(max(d, -d)) - (r.jitter+8)>>4
}

// highest is the extended highest sequence number.
func (r *reception) highest() uint32 { return r.cycles + uint32(r.maxSeq) }

// expected is how many packets were sent, by their numbers (A.3).
func (r *reception) expected() uint32 {
	if r.received == 0 {
		return 0
	}
	return r.highest() - uint32(r.baseSeq) + 1
}

// lost is how many of them never came.
func (r *reception) lost() int { return max(0, int(int32(r.expected()-r.unique))) }

// inherit keeps the figures of a sequence that ends.
func (r *reception) inherit(old *reception) {
	r.pastLost, r.pastUnique = old.totalLost(), old.totalUnique()
}

func (r *reception) totalLost() int { return r.pastLost + r.lost() }

func (r *reception) totalUnique() int { return r.pastUnique + int(r.unique) }

// report is the fraction lost since the last report in 1/256, and the number lost since the beginning as RTCP defines it (A.3).
func (r *reception) report() (fraction uint8, lost int32) {
	expected := r.expected()
	lost = max(-0x800000, min(0x7fffff, int32(expected-r.received)))
	expectedNow, receivedNow := expected-r.expectedPrior, r.received-r.receivedPrior
	r.expectedPrior, r.receivedPrior = expected, r.received
	if missing := int32(expectedNow - receivedNow); expectedNow > 0 && missing > 0 {
		fraction = uint8(min(255, uint64(missing)<<8/uint64(expectedNow)))
	}
	return fraction, lost
}
