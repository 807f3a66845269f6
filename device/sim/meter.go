package sim

import (
	"math"
	"sync"
	"time"

	"sidetone/device"
)

const (
	window    = device.SampleRate / 10 // samples that are looked at: the last 100 ms, so that tones 10 Hz apart are told apart
	stale     = 500 * time.Millisecond // after which nothing is heard any more
	floorDB   = -96                    // of 16 bits
	lowestHz  = 100
	highestHz = device.SampleRate/2 - 100
	dominance = 0.3 // share of the energy that makes a tone worth naming; the two tones of a dual tone have half each
)

// Heard is what came out of the earpiece during the last 100 ms.
type Heard struct {
	LevelDB float64 `json:"level_db"` // dBFS, where a sine at full scale is 0; -96 is silence
	ToneHz  float64 `json:"tone_hz"`  // of the strongest tone, to 1 Hz; 0 when none stands out
}

var silence = Heard{LevelDB: floorDB}

// meter keeps the last 100 ms. Frames only copy; what they amount to is worked out when somebody asks.
type meter struct {
	mu     sync.Mutex
	ring   [window]int16
	next   int // where the next sample goes
	filled int
	at     time.Time // of the last frame
}

// Frame remembers the frame.
func (m *meter) Frame(pcm []int16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = time.Now()
	m.filled = min(m.filled+len(pcm), window)
	for len(pcm) > 0 {
		n := copy(m.ring[m.next:], pcm)
		m.next = (m.next + n) % window
		pcm = pcm[n:]
	}
}

// snapshot is the last 100 ms, oldest sample first; false when there is nothing recent.
func (m *meter) snapshot() ([]float64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.filled < window || time.Since(m.at) > stale {
		return nil, false
	}
	samples := make([]float64, window)
	for i := range samples {
		samples[i] = float64(m.ring[(m.next+i)%window]) / fullScale
	}
	return samples, true
}

func (m *meter) heard() Heard {
	samples, ok := m.snapshot()
	if !ok {
		return silence
	}
	var energy float64
	for _, s := range samples {
		energy += s * s
	}
	level := 10 * math.Log10(2*energy/window)
	if math.IsInf(level, 0) || level < floorDB {
		return silence
	}
	return Heard{LevelDB: math.Round(level*10) / 10, ToneHz: strongest(samples, energy)}
}

// strongest finds the frequency with most of the energy: on the window's own grid of 10 Hz first, then to 1 Hz.
func strongest(samples []float64, energy float64) float64 {
	best, most := 0.0, 0.0
	look := func(from, to, step float64) {
		for hz := from; hz <= to; hz += step {
			if p := goertzel(samples, hz); p > most {
				best, most = hz, p
			}
		}
	}
	look(lowestHz, highestHz, device.SampleRate/window)
	if best == 0 {
		return 0
	}
	look(best-9, best+9, 1)
	if most < dominance*energy {
		return 0
	}
	return best
}

// goertzel is the energy of samples at one frequency (G. Goertzel, 1958), scaled so that a pure tone gives all of its
// energy.
func goertzel(samples []float64, hz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hz/device.SampleRate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = x+coefficient*s1-s2, s1
	}
	return (s1*s1 + s2*s2 - coefficient*s1*s2) * 2 / float64(len(samples))
}
