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
