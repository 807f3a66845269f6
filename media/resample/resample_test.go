package resample

import (
	"math"
	"testing"

	"sidetone/media/internal/goertzel"
)

func TestUpAndDownKeepTheVoiceBandAndItsLevel(t *testing.T) {
	for _, frequency := range []float64{50, 300, 440, 1000, 2000, 3000, 3400} {
		in := make([]int16, 8000)
		goertzel.Sine(in, 8000, frequency, -10, 0)
		var up Up
		wide := up.Append(nil, in)
		if len(wide) != 2*len(in) {
			t.Fatalf("%d samples became %d", len(in), len(wide))
		}
		if got := goertzel.Level(wide[8000:], 16000, frequency); math.Abs(got+10) > 0.1 {
			t.Errorf("%v Hz: %.2f dBm0 after doubling, want -10", frequency, got)
		}
		if got := goertzel.Level(wide[8000:], 16000, 8000-frequency); got > -60 && frequency < 3400 {
			t.Errorf("%v Hz: image of %.1f dBm0", frequency, got)
		}
		var down Down
		narrow := down.Append(nil, wide)
		if got := goertzel.Level(narrow[4000:], 8000, frequency); math.Abs(got+10) > 0.1 {
			t.Errorf("%v Hz: %.2f dBm0 after halving, want -10", frequency, got)
		}
	}
}

func TestHalvingRemovesWhatWouldFoldBack(t *testing.T) {
	for _, frequency := range []float64{4600, 5000, 6000, 7000, 7900} {
		in := make([]int16, 16000)
		goertzel.Sine(in, 16000, frequency, 0, 0)
		var down Down
		if got := goertzel.Total(down.Append(nil, in)[1000:]); got > -55 {
			t.Errorf("%v Hz at 0 dBm0 folds back with %.1f dBm0", frequency, got)
		}
	}
}

func TestAConstantStaysWhatItIs(t *testing.T) {
	for _, level := range []int16{-32768, -1000, 0, 1, 1000, 32767} {
		in := make([]int16, 200)
		for i := range in {
			in[i] = level
		}
		var up Up
		var down Down
		wide := up.Append(nil, in)
		for i, x := range wide[100:] {
			if x != level {
				t.Fatalf("doubled: sample %d of a constant %d is %d", i, level, x)
			}
		}
		for i, x := range down.Append(nil, wide)[100:] {
			if x != level {
				t.Fatalf("halved: sample %d of a constant %d is %d", i, level, x)
			}
		}
	}
}

func TestTheLengthOfBlocksDoesNotMatter(t *testing.T) {
	in := make([]int16, 960)
	goertzel.Sine(in, 16000, 1234, -3, 0)
	var whole, parts Down
	var wholeUp, partsUp Up
	want := wholeUp.Append(nil, whole.Append(nil, in))
	var got []int16
	for i := 0; i < len(in); i += 96 {
		got = append(got, partsUp.Append(nil, parts.Append(nil, in[i:i+96]))...)
	}
	for i := range want {
		if want[i] != got[i] {
			t.Fatalf("sample %d: %d in one block, %d in ten", i, want[i], got[i])
		}
	}
}

func TestExtremesDoNotOverflow(t *testing.T) {
	in := make([]int16, 400)
	for i := range in {
		in[i] = math.MaxInt16
		if i/3%2 == 0 {
			in[i] = math.MinInt16
		}
	}
	// The worst input has the signs of the taps.
	for i, c := range filter {
		in[200+i] = math.MaxInt16
		if c < 0 {
			in[200+i] = math.MinInt16
		}
	}
	sum := int32(0)
	for _, c := range filter {
		sum += max(c, -c)
	}
	if sum > 3<<shift {
		t.Errorf("the magnitudes of the taps add up to %.2f, the room is 3", float64(sum)/(1<<shift))
	}
	var up Up
	wide := up.Append(nil, in)
	if at := 2 * (200 + taps - 1); wide[at] != math.MaxInt16 {
		t.Errorf("the worst input gives %d, want saturation", wide[at])
	}
}
