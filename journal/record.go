package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// MaxRecord is the largest payload, in bytes. A collector takes no larger packet.
const MaxRecord = 256<<10 - headerSize

// ErrTooLarge is wrapped by Append for a payload above MaxRecord, or above half of a small journal.
var ErrTooLarge = errors.New("record too large")

// Record is one entry of a journal. The payload belongs to the caller and must not be changed: a later Gap may refer to it.
type Record struct {
	Seq     uint64
	Payload []byte
}

const headerSize = 4 + 4 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord encodes a record behind b.
func appendRecord(b []byte, seq uint64, payload []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = append(b, payload...)
	binary.LittleEndian.PutUint32(b[start+4:], checksum(b[start:]))
	return b
}

// checksum covers a whole record but the checksum itself.
func checksum(record []byte) uint32 {
	sum := crc32.Update(0, castagnoli, record[:4])
	return crc32.Update(sum, castagnoli, record[8:])
}

// span is the range of numbers that a record at a known place can bear.
type span struct{ min, max uint64 }

func (s span) holds(seq uint64) bool { return seq >= s.min && seq <= s.max }

// bounds gives the numbers possible at an offset of the segment that starts with first: a record is never shorter than
// its header, and every one counts up by one.
func bounds(first uint64, offset int64, atLeast uint64) span {
	return span{min: max(first, atLeast), max: first + uint64(offset)/headerSize}
}

// parseRecord reads the record that b starts with. need is how many bytes are wanted to decide when b has fewer; ok is
// false for damage, and then need is 0. The payload is part of b.
func parseRecord(b []byte, allowed span) (rec Record, need int, ok bool) {
	if len(b) < headerSize {
		return Record{}, headerSize, false
	}
	length := binary.LittleEndian.Uint32(b)
	seq := binary.LittleEndian.Uint64(b[8:])
	if length > MaxRecord || !allowed.holds(seq) {
		return Record{}, 0, false
	}
	size := headerSize + int(length)
	if len(b) < size {
		return Record{}, size, false
	}
	if binary.LittleEndian.Uint32(b[4:]) != checksum(b[:size]) {
		return Record{}, 0, false
	}
	return Record{Seq: seq, Payload: b[headerSize:size]}, size, true
}

// resync finds the first intact record in b, which starts at offset of the segment, and says where in b it starts.
func resync(b []byte, first uint64, offset int64, atLeast uint64) (at int, found bool) {
	for at = 0; at+headerSize <= len(b); at++ {
		if _, _, ok := parseRecord(b[at:], bounds(first, offset+int64(at), atLeast)); ok {
			return at, true
		}
	}
	return 0, false
}

func tooLarge(size int, limit int64) error {
	return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
}
