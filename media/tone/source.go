package tone

import (
	"math"
	"time"
)

const (
	sampleRate = 8000

	// fullScale is the peak of a sine at +3.14 dBm0, the load capacity of the A-law (ITU-T G.711 section 4).
	fullScale, loadCapacity = 32768.0, 3.14

	// level of a tone in dBm0, all frequencies together: the middle of what E.180 recommends.
	level = -10.0

	// ramp is how long a sound rises and falls, so that a cadence does not click.
	ramp = 5 * time.Millisecond * sampleRate / time.Second

	// depth of a modulated tone, in fractions of 1<<10: 85 %.
	depth = 870
)

// Source plays a sequence of sounds. It is not safe for concurrent use: give each session its own.
type Source struct {
	segments []segment
	once     bool // ends after the last segment instead of beginning again

	index int // of the segment that is playing; len(segments): over
	at    int // samples of it played
	first oscillator
	other oscillator
	peak  int64 // of each frequency
}

// New makes the tone of a country, by its ISO 3166 code in lower case ("us", "ca", "gb", "fr", "de", "au", "jp"). Other
// countries get the Standard plan. The tone goes on for ever.
func New(country string, kind Kind) *Source {
	p, ok := plans[country]
	if !ok {
		p = plans[Standard]
	}
	if kind >= kinds {
		kind = Dial
	}
	return newSource(cadence(p[kind]), false)
}

// Sine makes one frequency in Hz, for ever, for tests and for finding a way through a network.
func Sine(hz float64) *Source { return newSource(always(pure(hz)), false) }

func newSource(segments []segment, once bool) *Source {
	s := &Source{segments: segments, once: once}
	s.begin()
	return s
}

// Frame fills pcm. It is false once a sequence that ends is over.
func (s *Source) Frame(pcm []int16) bool {
	if s.index == len(s.segments) {
		return false
	}
	for i := range pcm {
		pcm[i] = s.next()
	}
	return true
}

func (s *Source) next() int16 {
	if s.index == len(s.segments) {
		return 0
	}
	seg := s.segments[s.index]
	length := int(seg.duration * sampleRate / time.Second)
	x := s.sample(seg.sound)
	edge := s.at
	if length > 0 {
		edge = min(edge, length-1-s.at)
	}
	if edge < int(ramp) {
		x = x * int64(edge) / int64(ramp)
	}
	if length == 0 && s.at == int(ramp) {
		return int16(x) // nothing to count in a sound without end
	}
	if s.at++; s.at == length {
		s.index++
		if s.index == len(s.segments) && !s.once {
			s.index = 0
		}
		s.begin()
	}
	return int16(x)
}

// begin makes the oscillators ready for the segment that plays next.
func (s *Source) begin() {
	s.at = 0
	if s.index == len(s.segments) {
		return
	}
	snd := s.segments[s.index].sound
	s.first, s.other = newOscillator(snd.first), newOscillator(snd.second)
	dBm0 := level - snd.attenuation
	switch {
	case snd.modulated:
		const m = depth / 1024.0
		dBm0 -= 10 * math.Log10(1+m*m/2) // the side bands have power too
	case snd.second != 0:
		dBm0 -= 10 * math.Log10(2) // each of two frequencies has half the power
	}
	s.peak = int64(fullScale * math.Pow(10, (dBm0-loadCapacity)/20))
}

func (s *Source) sample(snd sound) int64 {
	switch {
	case snd.first == 0:
		return 0
	case snd.modulated:
		swing := one + s.other.next()*depth>>10
		return s.first.next() * swing >> bits * s.peak >> bits
	case snd.second != 0:
		return (s.first.next() + s.other.next()) * s.peak >> bits
	default:
		return s.first.next() * s.peak >> bits
	}
}
