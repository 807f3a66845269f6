package g722

import (
	"hash/crc32"
	"math"
	"math/rand/v2"
	"testing"

	"sidetone/media/internal/goertzel"
)

// delay of encoder and decoder together: two filters of 24 taps, less one sample of the pair.
const delay = 22

func code(pcm []int16) []int16 {
	return NewDecoder().Append(nil, NewEncoder().Append(nil, pcm))
}

// signalToNoise compares what came out with what went in, in dB.
func signalToNoise(in, out []int16) float64 {
	var signal, noise float64
	for i := 800; i+delay < len(in); i++ {
		x, y := float64(in[i]), float64(out[i+delay])
		signal += x * x
		noise += (x - y) * (x - y)
	}
	return 10 * math.Log10(signal/noise)
}

func TestTonesKeepLevelAndAreClean(t *testing.T) {
	for _, c := range []struct{ frequency, snr float64 }{
		{100, 35}, {440, 35}, {1000, 35}, {2000, 30}, {3000, 25}, {5000, 14}, {6500, 14}, // the higher band has 2 bits
	} {
		in := make([]int16, 16000)
		goertzel.Sine(in, 16000, c.frequency, -10, 0)
		out := code(in)
		if level := goertzel.Level(out[8000:], 16000, c.frequency); math.Abs(level+10) > 0.3 {
			t.Errorf("%v Hz: %.2f dBm0, want -10", c.frequency, level)
		}
		if snr := signalToNoise(in, out); snr < c.snr {
			t.Errorf("%v Hz: signal to noise %.1f dB, want %v", c.frequency, snr, c.snr)
		}
	}
}

// speech is a pulse train through slowly moving resonances, with pauses: what a voice looks like to a predictor.
func speech(n int) []int16 {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, n)
	var y1, y2, z1, z2 float64
	for i := range out {
		t := float64(i) / 16000
		x := rng.NormFloat64() * 20
		if period := int(16000 / (120 + 30*math.Sin(2*math.Pi*1.3*t))); i%period == 0 {
			x += 4000
		}
		if math.Mod(t, 1) > 0.7 {
			x = rng.NormFloat64()
		}
		f1, f2 := 500+200*math.Sin(2*math.Pi*2*t), 1600+500*math.Sin(2*math.Pi*1.1*t)
		y := x + 2*0.97*math.Cos(2*math.Pi*f1/16000)*y1 - 0.97*0.97*y2
		z := y + 2*0.95*math.Cos(2*math.Pi*f2/16000)*z1 - 0.95*0.95*z2
		y2, y1, z2, z1 = y1, y, z1, z
		out[i] = int16(max(-32000, min(32000, z/4)))
	}
	return out
}

func TestSpeechHasTollQuality(t *testing.T) {
	in := speech(5 * 16000)
	if snr := signalToNoise(in, code(in)); snr < 16 {
		t.Errorf("signal to noise %.1f dB, want 16", snr)
	}
}

func TestSilenceStaysSilent(t *testing.T) {
	for i, x := range code(make([]int16, 16000)) {
		if x < -8 || x > 8 {
			t.Fatalf("sample %d of silence is %d", i, x)
		}
	}
}

func TestFullScaleSaturatesAndRecovers(t *testing.T) {
	in := make([]int16, 16000)
	for i := range in[:8000] {
		in[i] = math.MaxInt16
		if i/9%2 == 0 {
			in[i] = math.MinInt16
		}
	}
	for i, x := range code(in)[12000:] {
		if x < -8 || x > 8 {
			t.Fatalf("sample %d after the square wave is %d", i, x)
		}
	}
}

// A decoder that missed octets has another state than the encoder; leakage in predictor and step size brings them together.
func TestTheDecoderConvergesAfterALoss(t *testing.T) {
	in := speech(3 * 16000)
	octets := NewEncoder().Append(nil, in)
	whole := NewDecoder().Append(nil, octets)
	d := NewDecoder()
	d.Append(nil, octets[:1600])
	torn := d.Append(nil, octets[2400:])
	whole = whole[2*2400:]
	for i := 16000; i < len(torn); i++ {
		if diff := int(torn[i]) - int(whole[i]); diff < -64 || diff > 64 {
			t.Fatalf("a second after the loss, sample %d differs by %d", i, diff)
		}
	}
}

func TestTheLengthOfBlocksDoesNotMatter(t *testing.T) {
	in := speech(3200)
	want := NewEncoder().Append(nil, in)
	e := NewEncoder()
	var got []byte
	for i := 0; i < len(in); i += 320 {
		got = e.Append(got, in[i:i+320])
	}
	if string(got) != string(want) {
		t.Error("ten blocks give other octets than one")
	}
}

// The octets for a fixed signal must never change: every word size and byte order has to give the same. The sum was compared,
// octet for octet, with an independent implementation.
func TestCodewordsAreExact(t *testing.T) {
	in := make([]int16, 16000)
	for i, seed := 0, uint32(1); i < len(in); i++ {
		seed = seed*1664525 + 1013904223 // noise in bursts of growing strength, with steps
		in[i] = int16(int32(seed) >> 18 >> (i / 1000))
		if i%800 < 400 {
			in[i] = int16(i*37) / 4
		}
	}
	octets := NewEncoder().Append(nil, in)
	if got, want := crc32.ChecksumIEEE(octets), uint32(0x91a71fb7); got != want {
		t.Errorf("encoded: checksum %#08x, want %#08x", got, want)
	}
	decoded := NewDecoder().Append(nil, octets)
	raw := make([]byte, 0, 2*len(decoded))
	for _, x := range decoded {
		raw = append(raw, byte(x), byte(x>>8))
	}
	if got, want := crc32.ChecksumIEEE(raw), uint32(0x5e5c9a04); got != want {
		t.Errorf("decoded: checksum %#08x, want %#08x", got, want)
	}
}

func FuzzDecoderStaysInRange(f *testing.F) {
	f.Add([]byte{0, 255, 3, 60, 192, 7})
	f.Fuzz(func(t *testing.T, octets []byte) {
		d := NewDecoder()
		if got := len(d.Append(nil, octets)); got != 2*len(octets) {
			t.Errorf("%d octets became %d samples", len(octets), got)
		}
		for _, b := range []*band{&d.low, &d.high} {
			if b.step < 0 || b.step > 32767 || b.predict < -32768 || b.predict > 32767 {
				t.Errorf("state left its range: step %d, prediction %d", b.step, b.predict)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	in := speech(320)
	e, dst := NewEncoder(), make([]byte, 0, 160)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], in)
	}
}
