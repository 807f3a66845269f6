package journal

import (
	"encoding/binary"
	"errors"
	"io/fs"
)

// Segment says what a file of a journal holds, for those who keep what they have read in it.
type Segment struct {
	First uint64 `json:"first"` // number of its first record
	Size  int64  `json:"size"`  // bytes
	Sum   uint32 `json:"sum"`   // checksum of its first record, which tells it from one of another journal
}

// Segments lists what is in dir, oldest first. Only the last one is still written to.
func Segments(dir string) ([]Segment, error) {
	d := &directory{path: dir}
	firsts, _, err := listSegments(d)
	if err != nil {
		return nil, err
	}
	var all []Segment
	for _, first := range firsts {
		s, err := describe(d, first)
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func describe(d source, first uint64) (Segment, error) {
	s := Segment{First: first}
	f, err := d.open(segmentName(first))
	if err != nil {
		return s, err
	}
	defer done(f)
	if s.Size, err = f.size(); err != nil {
		return s, err
	}
	var head [headerSize]byte
	if n, err := readFull(f, head[:], 0); err == nil && n == headerSize {
		s.Sum = binary.LittleEndian.Uint32(head[4:])
	}
	return s, nil
}
