package journal

import (
	"bytes"
	"errors"
	"io"
)

// Reading sizes, in bytes.
const (
	scanWindow  = 32 << 10
	scanAtMost  = 8 << 20 // of a damaged segment, searched for the next intact record
	maxSegments = 4 << 20 // the largest segment that is written
)

// scanner reads one segment from its start, over damage, and again and again at its growing end.
type scanner struct {
	f      file
	first  uint64 // number of the segment's first record
	next   uint64 // lowest number that may follow
	off    int64  // of what is read next
	window []byte // content of the file from start on
	start  int64
	tail   int64 // bytes behind the last intact record, as last seen
	jumped bool  // damage lies ahead of the record that was returned last
}

func newScanner(f file, first uint64) *scanner { return &scanner{f: f, first: first, next: first} }

// record returns the next intact record; io.EOF when there is none so far. The payload is the caller's.
func (s *scanner) record() (Record, error) {
	rec, size, err := s.read(false)
	if errors.Is(err, errDamaged) {
		// What was read ahead may since have been completed by the writer.
		rec, size, err = s.read(true)
	}
	s.jumped = false
	if errors.Is(err, errDamaged) {
		if err = s.skipDamage(); err != nil {
			return Record{}, err
		}
		s.jumped = true
		rec, size, err = s.read(true)
	}
	if err != nil {
		return Record{}, err
	}
	s.off += int64(size)
	s.next, s.tail = rec.Seq+1, 0
	return Record{Seq: rec.Seq, Payload: bytes.Clone(rec.Payload)}, nil
}

// errDamaged says that what stands at the offset is no intact record, or not yet.
var errDamaged = errors.New("damaged record")

// read parses the record at the offset; fresh means not to trust what was read before.
func (s *scanner) read(fresh bool) (rec Record, size int, err error) {
	want := headerSize
	for {
		b, err := s.view(want, fresh)
		if err != nil {
			return Record{}, 0, err
		}
		if len(b) == 0 {
			s.tail = 0
			return Record{}, 0, io.EOF
		}
		rec, need, ok := parseRecord(b, bounds(s.first, s.off, s.next))
		if ok {
			return rec, need, nil
		}
		if need == 0 || len(b) < want {
			s.tail = int64(len(b))
			return Record{}, 0, errDamaged
		}
		want = need
	}
}

// view gives at least want bytes from the offset on, or as many as there are.
func (s *scanner) view(want int, fresh bool) ([]byte, error) {
	if have := s.start + int64(len(s.window)) - s.off; !fresh && s.off >= s.start && have >= int64(want) {
		return s.window[s.off-s.start:], nil
	}
	want = max(want, scanWindow)
	if cap(s.window) < want {
		s.window = make([]byte, want)
	}
	n, err := readFull(s.f, s.window[:want], s.off)
	s.window, s.start = s.window[:n], s.off
	return s.window, err
}

// skipDamage moves on to the next intact record, or gives io.EOF and stays.
func (s *scanner) skipDamage() error {
	size, err := s.f.size()
	if err != nil {
		return err
	}
	rest := make([]byte, min(max(size-s.off, 0), scanAtMost))
	n, err := readFull(s.f, rest, s.off)
	if err != nil {
		return err
	}
	s.tail = int64(n)
	at, found := resync(rest[:n], s.first, s.off, s.next)
	if !found {
		return io.EOF
	}
	s.off += int64(at)
	return nil
}

// readFull reads as much of b as the file has; a short file is no error.
func readFull(f file, b []byte, off int64) (int, error) {
	n, err := f.ReadAt(b, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Close closes the segment's file.
func (s *scanner) Close() error { return s.f.Close() }
