package capture

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"sidetone/trace"
)

// FormatError says where a file is no capture any more.
type FormatError struct {
	_      [0]func() // not to be compared, so no code is made for it
	Offset int64     // in the file, from 0
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// maxPacket is the most bytes of one packet that are kept in a file: what tcpdump and Wireshark allow.
const maxPacket = 256 << 10

// frame is one packet as it was captured. Its data is good until the next one is read.
type frame struct {
	at   time.Time
	link uint32 // https://www.tcpdump.org/linktypes.html
	data []byte
}

// The first bytes of a capture, in the byte order of the machine that wrote it.
const (
	magicMicro   = 0xa1b2c3d4
	magicNano    = 0xa1b23c4d
	magicSection = 0x0a0d0d0a // pcapng, the same both ways
)

// Is tells whether a file that begins so is a capture. Four bytes are enough.
func Is(begin []byte) bool {
	if len(begin) < 4 {
		return false
	}
	_, _, ok := orderOf(begin)
	return ok || binary.BigEndian.Uint32(begin) == magicSection
}

// orderOf is the byte order of a pcap file, and how many parts of a second its times count.
func orderOf(begin []byte) (binary.ByteOrder, uint64, bool) {
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		switch order.Uint32(begin) {
		case magicMicro:
			return order, 1e6, true
		case magicNano:
			return order, 1e9, true
		}
	}
	return nil, 0, false
}

// input reads a file, and keeps account of where and what it was.
type input struct {
	r      *bufio.Reader
	sum    hash.Hash
	offset int64
	record int64 // where the record began that is being read
	buf    []byte
}

func newInput(r io.Reader) *input {
	sum := sha256.New()
	return &input{r: bufio.NewReaderSize(io.TeeReader(r, sum), 64<<10), sum: sum}
}

// take reads n bytes, which are good until the next take.
func (in *input) take(n int) ([]byte, error) {
	if cap(in.buf) < n {
		in.buf = make([]byte, n)
	}
	got, err := io.ReadFull(in.r, in.buf[:n])
	in.offset += int64(got)
	return in.buf[:n], err
}

// skip reads past n bytes.
func (in *input) skip(n int64) error {
	got, err := io.CopyN(io.Discard, in.r, n)
	in.offset += got
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (in *input) broken(reason string) error { return &FormatError{Offset: in.record, Reason: reason} }

// boot is made of everything that was read.
func (in *input) boot() trace.Boot {
	b := binary.BigEndian.Uint64(in.sum.Sum(nil))
	return trace.Boot(max(b, 1))
}

// source gives the packets of a file one after the other; io.EOF is its proper end, and io.ErrUnexpectedEOF the end in the middle of
// a packet.
type source interface{ next() (frame, error) }

func (in *input) open(left ledger) (source, error) {
	begin, err := in.r.Peek(4)
	if len(begin) < 4 {
		if err == nil || errors.Is(err, io.EOF) {
			err = in.broken("too short for a capture")
		}
		return nil, err
	}
	if order, parts, ok := orderOf(begin); ok {
		return openPcap(in, order, parts)
	}
	if bytes.Equal(begin, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		return &pcapng{input: in, left: left}, nil
	}
	return nil, in.broken("neither pcap nor pcapng")
}
