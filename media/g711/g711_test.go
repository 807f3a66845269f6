package g711

import (
	"math"
	"testing"
)

type law struct {
	name   string
	encode func([]byte, []int16) []byte
	decode func([]int16, []byte) []int16
}

var laws = []law{{"A-law", AppendALaw, AppendFromALaw}, {"mu-law", AppendMuLaw, AppendFromMuLaw}}

func (l law) enc(x int16) byte { return l.encode(nil, []int16{x})[0] }
func (l law) dec(c byte) int16 { return l.decode(nil, []byte{c})[0] }

func TestEveryCodeSurvivesARoundTrip(t *testing.T) {
	for _, l := range laws {
		for c := range 256 {
			want := byte(c)
			if l.name == "mu-law" && want == 0x7f {
				want = 0xff // minus zero and plus zero are the same sound
			}
			if got := l.enc(l.dec(byte(c))); got != want {
				t.Errorf("%s %#02x: decoded to %d, encoded again to %#02x", l.name, c, l.dec(byte(c)), got)
			}
		}
	}
}

func TestEverySampleIsCodedAsTheNearestValue(t *testing.T) {
	for _, l := range laws {
		var values [256]int
		for c := range 256 {
			values[c] = int(l.dec(byte(c)))
		}
		for x := math.MinInt16; x <= math.MaxInt16; x++ {
			got := abs(x - int(l.dec(l.enc(int16(x)))))
			best := math.MaxInt
			for _, v := range values {
				best = min(best, abs(x-v))
			}
			// Between the largest interval of one segment and the smallest of the next, G.711 puts the decision value where the
			// segment begins, not half way: the code may be off by a quarter of the larger step.
			if step := max(16, abs(x)/16); got > best+step/4+4 {
				t.Fatalf("%s %d: coded as %d, off by %d, the nearest value is off by %d", l.name, x, l.dec(l.enc(int16(x))), got, best)
			}
		}
	}
}

// Tables 1a and 2a: the ends and the middle of the scale, as sent on the line.
func TestKnownCodePoints(t *testing.T) {
	for _, c := range []struct {
		law    int
		linear int16
		code   byte
	}{
		{0, 32767, 0xaa}, {0, -32768, 0x2a}, {0, 0, 0xd5}, {0, -1, 0x55}, // positive full scale 1111 1111, every other bit inverted
		{1, 32767, 0x80}, {1, -32768, 0x00}, {1, 0, 0xff}, {1, -8, 0x7e},
	} {
		if got := laws[c.law].enc(c.linear); got != c.code {
			t.Errorf("%s of %d is %#02x, want %#02x", laws[c.law].name, c.linear, got, c.code)
		}
	}
	for _, c := range []struct {
		law    int
		code   byte
		linear int16
	}{
		{0, 0xaa, 4032 << 3}, {0, 0xd5, 1 << 3}, {1, 0x80, 8031 << 2}, {1, 0xff, 0}, {1, 0x00, -8031 << 2},
	} {
		if got := laws[c.law].dec(c.code); got != c.linear {
			t.Errorf("%s %#02x is %d, want %d", laws[c.law].name, c.code, got, c.linear)
		}
	}
}

// Tables 5 and 6: this sequence of codes is a sine of 1 kHz at 0 dBm0. The theoretical load capacity is +3.14 dBm0 for the
// A-law and +3.17 dBm0 for the mu-law (section 4), so the sine peaks that much below full scale.
func TestTheDigitalMilliwattHasNominalLevel(t *testing.T) {
	milliwatt := [][]byte{
		{0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4},
		{0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e},
	}
	fullScale := []float64{4096 << 3, 8159 << 2}
	load := []float64{3.14, 3.17}
	for i, l := range laws {
		var square float64
		for _, x := range l.decode(nil, milliwatt[i]) {
			square += float64(x) * float64(x)
		}
		peak := math.Sqrt(square / 8 * 2)
		if level := 20*math.Log10(peak/fullScale[i]) + load[i]; math.Abs(level) > 0.02 {
			t.Errorf("%s: the milliwatt sequence has %.3f dBm0, want 0", l.name, level)
		}
	}
}

func TestDecodingIsMonotonic(t *testing.T) {
	for _, l := range laws {
		last := byte(0)
		for x := math.MinInt16; x <= math.MaxInt16; x++ {
			c := l.enc(int16(x))
			if x > math.MinInt16 && l.dec(c) < l.dec(last) {
				t.Fatalf("%s: %d decodes below %d", l.name, x, x-1)
			}
			last = c
		}
	}
}

func BenchmarkMuLaw(b *testing.B) {
	pcm := make([]int16, 160)
	code := make([]byte, 0, 160)
	b.ReportAllocs()
	for b.Loop() {
		code = AppendMuLaw(code[:0], pcm)
		pcm = AppendFromMuLaw(pcm[:0], code)
	}
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
