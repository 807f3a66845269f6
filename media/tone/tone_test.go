package tone

import (
	"math"
	"testing"
	"time"

	"sidetone/media/internal/goertzel"
)

// play returns the first d of a source.
func play(s *Source, d time.Duration) []int16 {
	pcm := make([]int16, int(d*sampleRate/time.Second))
	for i := 0; i < len(pcm); i += 160 {
		s.Frame(pcm[i:min(i+160, len(pcm))])
	}
	return pcm
}

func TestEveryPlanHasEveryTone(t *testing.T) {
	for _, country := range Countries() {
		for k := range kinds {
			total := goertzel.Total(play(New(country, k), 100*time.Millisecond))
			if math.Abs(total-level) > 1.5 {
				t.Errorf("%s %v begins with %.1f dBm0, want about %v", country, k, total, level)
			}
		}
	}
}

func TestTonesHaveTheFrequenciesOfTheirCountry(t *testing.T) {
	for _, c := range []struct {
		country     string
		kind        Kind
		frequencies []float64
	}{
		{"us", Dial, []float64{350, 440}},
		{"ca", Ringback, []float64{440, 480}},
		{"gb", Ringback, []float64{400, 450}},
		{"fr", Busy, []float64{440}},
		{"de", Busy, []float64{425}},
		{"jp", Ringback, []float64{400, 384, 416}},
		{"zz", Dial, []float64{425}},
	} {
		pcm := play(New(c.country, c.kind), time.Second)[400:3120]
		var power float64
		for _, f := range c.frequencies {
			power += math.Pow(10, goertzel.Level(pcm, sampleRate, f)/10)
		}
		rest := math.Pow(10, goertzel.Total(pcm)/10) - power
		if rest > power/50 {
			t.Errorf("%s %v: only %.0f %% of the power is at %v Hz", c.country, c.kind, 100*power/(power+rest), c.frequencies)
		}
	}
}

func TestCadencesAreExactForHours(t *testing.T) {
	s := New("us", Ringback)
	frame := make([]int16, 160)
	for range 1000 * 6 * 50 { // 1000 rings of six seconds
		s.Frame(frame)
	}
	pcm := play(s, 6*time.Second)
	for ms := 5; ms < 5995; ms += 10 {
		loud := goertzel.Total(pcm[ms*8:ms*8+40]) > -40
		if want := ms < 1995; loud != want && (ms < 1990 || ms > 2000) {
			t.Fatalf("%d ms into the ring, sound is %v", ms, loud)
		}
	}
}

func TestEdgesDoNotClick(t *testing.T) {
	for _, country := range Countries() {
		for k := range kinds {
			pcm := play(New(country, k), 12*time.Second)
			for i := 1; i < len(pcm); i++ {
				// A sine of 620 Hz at this level moves at most half its peak in a sample.
				if d := math.Abs(float64(pcm[i]) - float64(pcm[i-1])); d > 5500 {
					t.Fatalf("%s %v: jumps by %v at sample %d", country, k, d, i)
				}
			}
			edge := pcm[0]
			if edge < -8 || edge > 8 {
				t.Errorf("%s %v begins with %d", country, k, edge)
			}
		}
	}
}

func TestKeysHaveTheirTwoFrequencies(t *testing.T) {
	pcm := play(DTMF("5d", 100*time.Millisecond, 50*time.Millisecond), 300*time.Millisecond)
	for _, c := range []struct {
		at        int
		low, high float64
	}{{100, 770, 1336}, {1300, 941, 1633}} {
		part := pcm[c.at : c.at+600]
		if l, h := goertzel.Level(part, sampleRate, c.low), goertzel.Level(part, sampleRate, c.high); math.Abs(l+13) > 1 || math.Abs(h+13) > 1 {
			t.Errorf("sample %d: %.1f dBm0 at %v Hz and %.1f at %v Hz, want -13", c.at, l, c.low, h, c.high)
		}
	}
}

func TestKeysEnd(t *testing.T) {
	s := DTMF("1x", 40*time.Millisecond, 40*time.Millisecond)
	frame := make([]int16, 160)
	n := 0
	for s.Frame(frame) {
		n++
	}
	if n != 4 {
		t.Errorf("one key of 40 ms and its pause last %d frames of 20 ms, want 4", n)
	}
	if DTMF("xyz", time.Second, time.Second).Frame(frame) {
		t.Error("no key, but sound")
	}
}

func TestFramesAllocateNothing(t *testing.T) {
	s, frame := New("jp", Ringback), make([]int16, 160)
	if n := testing.AllocsPerRun(1000, func() { s.Frame(frame) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
