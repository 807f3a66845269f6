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
		f, err := d.open(segmentName(first))
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, err
		}
		var head [headerSize]byte
		size, err := f.size()
		if err == nil {
			_, err = readFull(f, head[:], 0)
		}
		done(f)
		if err != nil {
			return nil, err
		}
		all = append(all, Segment{First: first, Size: size, Sum: binary.LittleEndian.Uint32(head[4:])})
	}
	return all, nil
}
