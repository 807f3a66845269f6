package media

import "math"

// Lengths in samples at 8 kHz.
const (
	pitchMin  = 40  // 5 ms: a voice of 200 Hz
	pitchMax  = 120 // 15 ms: a voice of 66 Hz
	pitchSpan = 160 // compared when the pitch is searched
	keepLoud  = 80  // 10 ms of repetition at full level,
	fadeOut   = 480 // silence after 60 ms: what goes on longer sounds like a machine
	blend     = 40  // 5 ms from the repetition into what arrived again
	history   = pitchMax + pitchSpan
)

// concealer fills gaps with the last pitch period, fading (the idea of ITU-T G.711 appendix I), and joins what comes after without a
// click. The zero value is ready.
type concealer struct {
	past  [history]int16 // what was heard last
	known int            // how much of past is sound of this stream

	pitch int // period that is repeated, zero: nothing is being concealed
	gone  int // samples concealed since the last real one
	next  int // offset in the period
}

// fill makes up what is missing.
func (c *concealer) fill(dst []int16) {
	if c.pitch == 0 {
		c.pitch, c.next = c.findPitch(), 0
	}
	for i := range dst {
		dst[i] = c.invent()
	}
}

// heard takes real sound, and blends its beginning with the repetition that went before.
func (c *concealer) heard(pcm []int16) {
	if c.pitch != 0 {
		n := min(blend, len(pcm))
		for i := range n {
			a, b := int32(c.invent()), int32(pcm[i])
			pcm[i] = int16((a*int32(n-i) + b*int32(i)) / int32(n))
		}
		c.pitch, c.gone = 0, 0
	}
	if n := len(pcm); n >= history {
		copy(c.past[:], pcm[n-history:])
	} else {
		copy(c.past[:], c.past[n:])
		copy(c.past[history-n:], pcm)
	}
	c.known = min(history, c.known+len(pcm))
}

// invent is the next sample of the repetition.
func (c *concealer) invent() int16 {
	if c.gone >= fadeOut {
		return 0
	}
	x := int32(c.past[history-c.pitch+c.next])
	if c.next++; c.next == c.pitch {
		c.next = 0
	}
	c.gone++
	if over := c.gone - keepLoud; over > 0 {
		x = x * int32(fadeOut-keepLoud-over) / (fadeOut - keepLoud)
	}
	return int16(x)
}

// findPitch is the shift at which the last samples are most like those before them: the peak of the normalised correlation.
func (c *concealer) findPitch() int {
	best, bestLag := math.Inf(-1), pitchMax
	if c.known < history {
		return pitchMax
	}
	recent := c.past[history-pitchSpan:]
	for lag := pitchMin; lag <= pitchMax; lag++ {
		before := c.past[history-pitchSpan-lag:][:pitchSpan]
		var cross, energy int64
		for i, x := range recent {
			y := int64(before[i])
			cross += int64(x) * y
			energy += y * y
		}
		if cross <= 0 {
			continue
		}
		if score := float64(cross) * float64(cross) / float64(energy); score > best {
			best, bestLag = score, lag
		}
	}
	return bestLag
}
