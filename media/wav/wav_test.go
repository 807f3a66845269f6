package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"sidetone/media/internal/goertzel"
)

func file(rate uint32, channels, depth uint16, pcm []int16, extra ...byte) []byte {
	le := binary.LittleEndian
	out := append([]byte("RIFF"), 0, 0, 0, 0)
	out = append(out, "WAVE"...)
	out = append(out, extra...)
	out = append(out, "fmt "...)
	out = le.AppendUint32(out, 16)
	out = le.AppendUint16(out, 1)
	out = le.AppendUint16(out, channels)
	out = le.AppendUint32(out, rate)
	out = le.AppendUint32(out, rate*uint32(channels*depth/8))
	out = le.AppendUint16(out, channels*depth/8)
	out = le.AppendUint16(out, depth)
	out = append(out, "data"...)
	out = le.AppendUint32(out, uint32(2*len(pcm)))
	for _, x := range pcm {
		out = le.AppendUint16(out, uint16(x))
	}
	return out
}

func TestARecordingIsPlayedOnceAndFilledUpWithSilence(t *testing.T) {
	c, err := Read(bytes.NewReader(file(8000, 1, 16, []int16{1, 2, 3, 4, 5}, 'L', 'I', 'S', 'T', 3, 0, 0, 0, 'a', 'b', 'c', 0)))
	if err != nil {
		t.Fatal(err)
	}
	s, frame := c.Play(false), make([]int16, 3)
	if !s.Frame(frame) || frame[0] != 1 || !s.Frame(frame) || frame[1] != 5 || frame[2] != 0 || s.Frame(frame) {
		t.Errorf("the last frame is %v", frame)
	}
}

func TestARecordingCanGoOnForEver(t *testing.T) {
	c, err := Read(bytes.NewReader(file(8000, 1, 16, []int16{1, 2})))
	if err != nil {
		t.Fatal(err)
	}
	s, frame := c.Play(true), make([]int16, 5)
	for i := range 3 {
		if !s.Frame(frame) || frame[0] != int16(i%2+1) || frame[4] != frame[0] {
			t.Errorf("frame %d is %v", i, frame)
		}
	}
}

func TestWidebandIsBroughtTo8kHz(t *testing.T) {
	pcm := make([]int16, 16000)
	goertzel.Sine(pcm, 16000, 440, -10, 0)
	c, err := Read(bytes.NewReader(file(16000, 1, 16, pcm)))
	if err != nil || c.Samples() != 8000 {
		t.Fatalf("%v samples, %v", c.Samples(), err)
	}
	if level := goertzel.Level(c.pcm[4000:], 8000, 440); math.Abs(level+10) > 0.1 {
		t.Errorf("%.2f dBm0, want -10", level)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"stereo":    file(8000, 2, 16, nil),
		"8 bits":    file(8000, 1, 8, nil),
		"44.1 kHz":  file(44100, 1, 16, nil),
		"not RIFF":  []byte("this is no sound at all"),
		"no format": append([]byte("RIFF....WAVEdata"), 0, 0, 0, 0),
	} {
		if _, err := Read(bytes.NewReader(data)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(bytes.NewReader(file(8000, 1, 16, nil))); !errors.Is(err, ErrSilent) {
		t.Errorf("no samples: %v", err)
	}
	if _, err := Read(bytes.NewReader(file(8000, 1, 16, nil)[:20])); err == nil {
		t.Error("a truncated header is taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(8000, 1, 16, []int16{1, 2, 3}))
	f.Add(file(16000, 1, 16, []int16{1, 2, 3})[:50])
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Read(bytes.NewReader(data))
		if err == nil && c.Samples() > len(data) {
			t.Errorf("%d samples from %d bytes", c.Samples(), len(data))
		}
	})
}
