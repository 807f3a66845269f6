package tone

import (
	"strconv"
	"strings"
	"time"
)

// segment is a stretch of sound or silence.
type segment struct {
	sound    sound
	duration time.Duration // zero: for ever
}

// sound is up to two frequencies in Hz. The second is added, or modulates the first in amplitude.
type sound struct {
	first, second float64
	modulated     bool
	attenuation   float64 // dB below the usual level
}

func pure(hz float64) sound            { return sound{first: hz} }
func pair(a, b float64) sound          { return sound{first: a, second: b} }
func always(s sound) []segment         { return []segment{{sound: s}} }
func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// cadence reads a tone: a sound, and for how many milliseconds it is on and off in turn; without them it goes on for ever. A
// sound is a frequency in Hz, "440+480" two of them, "400*16" one that is modulated by another, "425-10" one that is 10 dB
// softer. What stands behind a bar follows. As text the table costs a tenth of what code costs that builds it.
func cadence(text string) []segment {
	var out []segment
	for part := range strings.SplitSeq(text, "|") {
		fields := strings.Fields(part)
		s := readSound(fields[0])
		if len(fields) == 1 {
			return always(s)
		}
		for i, field := range fields[1:] {
			seg := segment{sound: s, duration: milliseconds(number(field))}
			if i%2 == 1 {
				seg.sound = sound{}
			}
			out = append(out, seg)
		}
	}
	return out
}

func readSound(text string) sound {
	at := strings.IndexAny(text, "+*-")
	if at < 0 {
		return pure(float64(number(text)))
	}
	s, other := pure(float64(number(text[:at]))), float64(number(text[at+1:]))
	switch text[at] {
	case '-':
		s.attenuation = other
	case '*':
		s.second, s.modulated = other, true
	default:
		s.second = other
	}
	return s
}

// number reads a figure of the table, which a test reads through.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
