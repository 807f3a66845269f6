package store

import (
	"encoding/binary"
	"errors"
	"slices"
)

// MaxRanges bounds the memory that one boot of a device can take: a device that loses events so often has another
// problem, and a hostile one must not fill the collector.
const MaxRanges = 4096

// Range is the sequence numbers First to Last, both included.
type Range struct{ First, Last uint64 }

// Len counts the numbers in the range.
func (r Range) Len() uint64 { return r.Last - r.First + 1 }

// Ranges is the set of sequence numbers that were seen of one boot of a device. The zero value is empty.
type Ranges struct {
	sorted []Range // apart from each other by at least one number
}

// Contains tells whether seq was seen.
func (r *Ranges) Contains(seq uint64) bool {
	i := r.after(seq)
	return i > 0 && seq <= r.sorted[i-1].Last
}

// Covers tells whether every number of x was seen.
func (r *Ranges) Covers(x Range) bool {
	i := r.after(x.First)
	return i > 0 && x.Last <= r.sorted[i-1].Last
}

// Add takes seq into the set. It reports false for a number that would need one range more than MaxRanges.
func (r *Ranges) Add(seq uint64) bool {
	i := r.after(seq)
	if i > 0 && seq <= r.sorted[i-1].Last {
		return true
	}
	joinsLeft := i > 0 && r.sorted[i-1].Last+1 == seq
	joinsRight := i < len(r.sorted) && seq+1 == r.sorted[i].First
	switch {
	case joinsLeft && joinsRight:
		r.sorted[i-1].Last = r.sorted[i].Last
		r.sorted = slices.Delete(r.sorted, i, i+1)
	case joinsLeft:
		r.sorted[i-1].Last = seq
	case joinsRight:
		r.sorted[i].First = seq
	case len(r.sorted) >= MaxRanges:
		return false
	default:
		r.sorted = slices.Insert(r.sorted, i, Range{seq, seq})
	}
	return true
}

// after is the index of the first range that begins behind seq.
func (r *Ranges) after(seq uint64) int {
	n := len(r.sorted)
	if n == 0 || r.sorted[n-1].First <= seq { // the usual case: devices report in order
		return n
	}
	i, _ := slices.BinarySearchFunc(r.sorted, seq, func(x Range, seq uint64) int {
		if x.First <= seq {
			return -1
		}
		return 1
	})
	return i
}

// last is the highest number seen, 0 for none.
func (r *Ranges) last() uint64 {
	if len(r.sorted) == 0 {
		return 0
	}
	return r.sorted[len(r.sorted)-1].Last
}

// holesUpTo lists what is missing between 1 and last.
func (r *Ranges) holesUpTo(last uint64) []Range {
	var holes []Range
	next := uint64(1)
	for _, x := range r.sorted {
		if x.First > last {
			break
		}
		if x.First > next {
			holes = append(holes, Range{next, x.First - 1})
		}
		next = x.Last + 1
	}
	if next <= last {
		holes = append(holes, Range{next, last})
	}
	return holes
}

// Whole tells that nothing is missing up to the highest number seen.
func (r *Ranges) Whole() bool {
	return len(r.sorted) == 0 || (len(r.sorted) == 1 && r.sorted[0].First == 1)
}

// Clone copies the set.
func (r *Ranges) Clone() Ranges { return Ranges{sorted: slices.Clone(r.sorted)} }

// AppendBinary writes the set as varints: per range the distance from the one before, then its length.
func (r *Ranges) AppendBinary(b []byte) ([]byte, error) {
	var last uint64
	for _, x := range r.sorted {
		b = binary.AppendUvarint(b, x.First-last)
		b = binary.AppendUvarint(b, x.Last-x.First)
		last = x.Last
	}
	return b, nil
}

var errRanges = errors.New("seen ranges: malformed")

// UnmarshalBinary reads what AppendBinary wrote.
func (r *Ranges) UnmarshalBinary(b []byte) error {
	r.sorted = nil
	var last uint64
	for len(b) > 0 {
		step, n := binary.Uvarint(b)
		if n <= 0 {
			return errRanges
		}
		more, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return errRanges
		}
		b = b[n+m:]
		x := Range{First: last + step, Last: last + step + more}
		if apart := len(r.sorted) == 0 || step > 1; !apart || x.First < last || x.Last < x.First {
			return errRanges
		}
		r.sorted = append(r.sorted, x)
		last = x.Last
	}
	return nil
}
