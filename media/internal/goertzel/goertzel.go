// Package goertzel measures tones in sound, for tests.
package goertzel

import "math"

// fullScale is the peak of a sine at +3.14 dBm0, the load capacity of the A-law (ITU-T G.711 section 4).
const fullScale = 32768

// Level is the level of one frequency in pcm, in dBm0 (a full-scale sine has +3.14). The length should be a whole number of periods.
func Level(pcm []int16, rate, frequency float64) float64 {
	w := 2 * math.Pi * frequency / rate
	var re, im float64
	for i, x := range pcm {
		sin, cos := math.Sincos(w * float64(i))
		re += float64(x) * cos
		im += float64(x) * sin
	}
	return DBm0(2 * math.Hypot(re, im) / float64(len(pcm)))
}

// Total is the level of everything in pcm, in dBm0.
func Total(pcm []int16) float64 {
	var square float64
	for _, x := range pcm {
		square += float64(x) * float64(x)
	}
	return DBm0(math.Sqrt(2 * square / float64(len(pcm))))
}

// DBm0 is the level of a sine with this peak.
func DBm0(peak float64) float64 { return 20*math.Log10(math.Max(peak, 1e-6)/fullScale) + 3.14 }

// Sine fills pcm with a sine of this level, beginning at sample number start.
func Sine(pcm []int16, rate, frequency, dBm0 float64, start int) {
	peak := fullScale * math.Pow(10, (dBm0-3.14)/20)
	for i := range pcm {
		pcm[i] = int16(math.Round(peak * math.Sin(2*math.Pi*frequency/rate*float64(start+i))))
	}
}
