package guard

import "time"

// allowance is how many messages may come: one every so often in the long run, and burst of them at once.
type allowance struct {
	every time.Duration
	burst int
}

func perSecond(rate, burst int) allowance { return allowance{time.Second / time.Duration(rate), burst} }

// bucket is a token bucket, kept as the time at which it will be full again (the generic cell rate algorithm of ITU-T
// I.371 annex A, virtual scheduling). A new one is full.
type bucket struct{ full time.Time }

// take takes a token, and tells whether there was one.
func (b *bucket) take(now time.Time, a allowance) bool {
	if b.full.Before(now) {
		b.full = now
	}
	if b.full.Sub(now) > time.Duration(a.burst-1)*a.every {
		return false
	}
	b.full = b.full.Add(a.every)
	return true
}
