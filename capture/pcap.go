package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// pcap reads the older format (draft-ietf-opsawg-pcap).
type pcap struct {
	_ [0]func() // not to be compared, so no code is made for it
	*input
	order binary.ByteOrder
	parts uint64 // of a second
	link  uint32
}

func openPcap(in *input, order binary.ByteOrder, parts uint64) (*pcap, error) {
	h, err := in.take(24)
	if err != nil {
		return nil, in.broken("the header of the file is cut off")
	}
	return &pcap{input: in, order: order, parts: parts, link: order.Uint32(h[20:]) & 0xffff}, nil // above it: whether a checksum follows each packet
}

func (p *pcap) next() (frame, error) {
	p.record = p.offset
	h, err := p.take(16)
	if err != nil {
		return frame{}, err
	}
	sec, part, size := p.order.Uint32(h), p.order.Uint32(h[4:]), p.order.Uint32(h[8:])
	if size > maxPacket {
		return frame{}, p.broken("a packet that is too long to be one")
	}
	data, err := p.take(int(size))
	return frame{time.Unix(int64(sec), int64(uint64(part)*(1e9/p.parts))), p.link, data}, whole(err)
}

// whole makes the end of the file inside a record what it is.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
