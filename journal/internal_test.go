package journal

import (
	"testing"
)

// interleaved lets something happen just before a reader looks which segments there are.
type interleaved struct {
	source
	before func()
}

func (s *interleaved) list() ([]string, error) {
	if f := s.before; f != nil {
		s.before = nil
		f()
	}
	return s.source.list()
}

func TestRecordWrittenWhileTheReaderMovesOnIsNotMissed(t *testing.T) {
	j, err := openStorage(newMemory(), Options{MaxBytes: 1 << 20, SegmentBytes: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	write := func(n int) {
		for range n {
			if _, err := j.Append([]byte("0123456789abcdef"), false); err != nil {
				t.Error(err)
			}
		}
	}
	write(1)
	r := j.Read(0)
	defer func() { _ = r.Close() }()
	if rec, err := r.Poll(); err != nil || rec.Seq != 1 {
		t.Fatal(rec, err)
	}
	// The end of the first segment has been seen when the second record is written to it, and the third to the next one.
	r.store = &interleaved{source: j.view, before: func() { write(2) }}
	for want := uint64(2); want <= 3; want++ {
		if rec, err := r.Poll(); err != nil || rec.Seq != want {
			t.Fatalf("record %d %v, want %d", rec.Seq, err, want)
		}
	}
	if n := len(j.segments); n != 2 {
		t.Errorf("%d segments", n)
	}
}

func TestRecordOfAnotherPlaceIsNoRecordHere(t *testing.T) {
	b := appendRecord(nil, 500, []byte("from elsewhere"))
	if _, _, ok := parseRecord(b, bounds(500, 0, 500)); !ok {
		t.Error("refused at its own place")
	}
	for name, allowed := range map[string]span{"ahead": bounds(1, 1600, 1), "behind": bounds(400, 16000, 501)} {
		if _, _, ok := parseRecord(b, allowed); ok {
			t.Errorf("accepted %s", name)
		}
	}
}

// The two slots may hold anything; what is read must be one that some write made, and survive being written again.
func FuzzWatermark(f *testing.F) {
	m := newMemory()
	var w watermark
	for _, seq := range []uint64{7, 9} {
		if err := w.write(m, seq); err != nil {
			f.Fatal(err)
		}
	}
	good := m.files[watermarkName].b
	f.Add(good, uint16(0), byte(0))
	f.Add(good, uint16(watermarkPitch+9), byte(1))
	f.Add(good[:watermarkSlot], uint16(3), byte(0xff))
	f.Add([]byte{}, uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, flip byte) {
		if len(b) > 0 {
			b = append([]byte(nil), b...)
			b[int(at)%len(b)] ^= flip
		}
		m := newMemory()
		m.files[watermarkName] = &memoryFile{b: b}
		w, err := readWatermark(m)
		if err != nil {
			t.Fatal(err)
		}
		seq := w.seq
		before := w.generation
		if err := w.write(m, seq+1); err != nil {
			t.Fatal(err)
		}
		again, err := readWatermark(m)
		if before < 1<<63 && (err != nil || again != w || again.seq != seq+1 || again.generation != before+1) {
			t.Errorf("%+v after %+v: %v", again, w, err)
		}
	})
}
