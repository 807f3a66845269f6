package sim

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/device"
)

// play carries frames of 20 ms from a source to a sink.
func play(source device.Source, sink device.Sink, frames int) {
	pcm := make([]int16, device.SampleRate/50)
	for range frames {
		if source.Frame(pcm) {
			sink.Frame(pcm)
		}
	}
}

type sourceFunc func(pcm []int16) bool

func (f sourceFunc) Frame(pcm []int16) bool { return f(pcm) }

func TestToneIsHeardWithItsFrequencyAndLevel(t *testing.T) {
	for _, tc := range []struct{ hz, db float64 }{
		{440, -12}, {441, -12}, {620, -20}, {1000, -3}, {100, -12}, {3900, -12}, {350.4, -40},
	} {
		p := New(Options{ToneHz: tc.hz, ToneDB: tc.db})
		play(p.Microphone(), p.Earpiece(), 50)
		if h := p.Heard(); math.Abs(h.ToneHz-tc.hz) > 1 || math.Abs(h.LevelDB-tc.db) > 0.2 {
			t.Errorf("%v Hz at %v dBFS: heard %+v", tc.hz, tc.db, h)
		}
		p.Close()
	}
}

func TestToneBeginsAnewForEveryCall(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	a, b := p.Microphone(), p.Microphone()
	first, second := make([]int16, 160), make([]int16, 160)
	a.Frame(first)
	a.Frame(first)
	a = p.Microphone()
	a.Frame(first)
	b.Frame(second)
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("sample %d: %d and %d", i, first[i], second[i])
		}
	}
}

func TestDualToneIsNamedByOneOfItsTones(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	a, b := newTone(440, -18), newTone(480, -18)
	other := make([]int16, 160)
	play(sourceFunc(func(pcm []int16) bool {
		a.Frame(pcm)
		b.Frame(other)
		for i := range pcm {
			pcm[i] += other[i]
		}
		return true
	}), p.Earpiece(), 50)
	if h := p.Heard(); math.Abs(h.ToneHz-440) > 1 && math.Abs(h.ToneHz-480) > 1 {
		t.Errorf("heard %+v", h)
	}
}

func TestNoiseHasALevelAndNoTone(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	state := uint32(1)
	play(sourceFunc(func(pcm []int16) bool {
		for i := range pcm {
			state = state*1664525 + 1013904223
			pcm[i] = int16(state>>16) / 8
		}
		return true
	}), p.Earpiece(), 50)
	if h := p.Heard(); h.ToneHz != 0 || h.LevelDB < -30 {
		t.Errorf("heard %+v", h)
	}
}

func TestSilenceIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{})
		defer p.Close()
		if h := p.Heard(); h != silence {
			t.Errorf("without a call: heard %+v", h)
		}
		ear := p.Earpiece()
		play(p.Microphone(), ear, 2)
		if h := p.Heard(); h != silence {
			t.Errorf("before 100 ms have been heard: heard %+v", h)
		}
		play(p.Microphone(), ear, 50)
		if h := p.Heard(); h.ToneHz != 440 {
			t.Errorf("heard %+v", h)
		}
		play(sourceFunc(func(pcm []int16) bool { clear(pcm); return true }), ear, 5)
		if h := p.Heard(); h != silence {
			t.Errorf("100 ms of zeros: heard %+v", h)
		}
		play(p.Microphone(), ear, 50)
		<-time.After(stale + time.Millisecond)
		if h := p.Heard(); h != silence {
			t.Errorf("after the frames have stopped: heard %+v", h)
		}
	})
}

func TestHeardIsTheEarpieceTakenLast(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	first := p.Earpiece()
	second := p.Earpiece()
	play(newTone(1000, -12), second, 10)
	play(newTone(500, -12), first, 10)
	if h := p.Heard(); h.ToneHz != 1000 {
		t.Errorf("heard %+v", h)
	}
}

func TestFramesAllocateNothing(t *testing.T) {
	p := New(Options{})
	defer p.Close()
	mic, ear, pcm := p.Microphone(), p.Earpiece(), make([]int16, 160)
	if n := testing.AllocsPerRun(100, func() { mic.Frame(pcm); ear.Frame(pcm) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	p := New(Options{})
	defer p.Close()
	mic, ear, pcm := p.Microphone(), p.Earpiece(), make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		mic.Frame(pcm)
		ear.Frame(pcm)
	}
}
