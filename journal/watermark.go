package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
)

// watermark keeps, across restarts, up to where records were acknowledged. Its file has two slots
//
//	u64 generation | u64 seq | u32 crc32c        (little-endian)
//
// in blocks of their own, written in turn: the cut of power that damages one leaves the other, which is older by one
// generation. A watermark that is too low only has records sent again.
type watermark struct {
	generation uint64
	seq        uint64
}

const (
	watermarkName  = "acknowledged.v1"
	watermarkSlot  = 8 + 8 + 4
	watermarkPitch = 4096 // between the slots: more than a sector or a flash page of NOR
)

// readWatermark gives the newest intact slot; none at all means that nothing is known to be acknowledged.
func readWatermark(s source) (watermark, error) {
	f, err := s.open(watermarkName)
	if errors.Is(err, fs.ErrNotExist) {
		return watermark{}, nil
	}
	if err != nil {
		return watermark{}, fmt.Errorf("open watermark: %w", err)
	}
	defer done(f)
	var newest watermark
	for slot := range int64(2) {
		var b [watermarkSlot]byte
		n, err := f.ReadAt(b[:], slot*watermarkPitch)
		if err != nil && !errors.Is(err, io.EOF) {
			return watermark{}, fmt.Errorf("read watermark: %w", err)
		}
		if w, ok := parseWatermark(b[:n]); ok && w.generation > newest.generation {
			newest = w
		}
	}
	return newest, nil
}

func parseWatermark(b []byte) (watermark, bool) {
	if len(b) < watermarkSlot || crc32.Checksum(b[:16], castagnoli) != binary.LittleEndian.Uint32(b[16:]) {
		return watermark{}, false
	}
	return watermark{generation: binary.LittleEndian.Uint64(b), seq: binary.LittleEndian.Uint64(b[8:])}, true
}

// write makes the next generation durable.
func (w *watermark) write(s storage, seq uint64) error {
	f, err := s.update(watermarkName)
	if err != nil {
		return fmt.Errorf("open watermark: %w", err)
	}
	defer done(f)
	generation := w.generation + 1
	b := binary.LittleEndian.AppendUint64(nil, generation)
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := f.WriteAt(b, int64(generation%2)*watermarkPitch); err != nil {
		return fmt.Errorf("write watermark: %w", err)
	}
	if err := f.sync(); err != nil {
		return fmt.Errorf("sync watermark: %w", err)
	}
	w.generation, w.seq = generation, seq
	return nil
}
