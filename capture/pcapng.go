package capture

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// The types of blocks that are read (draft-ietf-opsawg-pcapng section 4).
const (
	blockInterface = 1
	blockPacketOld = 2
	blockSimple    = 3
	blockPacket    = 6
)

// The options of an interface that are read (section 4.2).
const (
	optionResolution = 9
	optionOffset     = 14
)

// maxInterfaces bounds the interfaces of one section.
const maxInterfaces = 1024

// pcapng reads the newer format: sections, each with its byte order and interfaces.
type pcapng struct {
	*input
	left       ledger
	order      binary.ByteOrder
	interfaces []netif
	last       time.Time // of a packet; a simple one has no time of its own
}

// netif is how the packets of one interface are to be read.
type netif struct {
	link   uint32
	parts  uint64 // of a second
	offset int64  // seconds
}

func (p *pcapng) next() (frame, error) {
	for {
		p.record = p.offset
		h, err := p.take(8)
		if err != nil {
			return frame{}, err
		}
		if binary.BigEndian.Uint32(h) == magicSection {
			if err := p.section(p.order4(h[4:])); err != nil {
				return frame{}, err
			}
			continue
		}
		if p.order == nil {
			return frame{}, p.broken("a block outside any section")
		}
		kind, size := p.order.Uint32(h), int64(p.order.Uint32(h[4:]))
		if size < 12 {
			return frame{}, p.broken("a block that is too short to be one")
		}
		size = (size + 3) &^ 3 // some writers count without the padding
		if kind != blockInterface && kind != blockPacket && kind != blockSimple && kind != blockPacketOld {
			if err := p.skip(size - 8); err != nil {
				return frame{}, err
			}
			continue
		}
		if size > maxPacket+1024 {
			return frame{}, p.broken("a block that is too long to be one packet")
		}
		body, err := p.take(int(size - 8))
		if err != nil {
			return frame{}, whole(err)
		}
		f, ok, err := p.block(kind, body[:size-12])
		if err != nil || ok {
			return f, err
		}
	}
}

// order4 copies what the next take overwrites.
func (p *pcapng) order4(b []byte) [4]byte { return [4]byte(b) }

// section begins a new one; everything of the last is over.
func (p *pcapng) section(length [4]byte) error {
	magic, err := p.take(4)
	if err != nil {
		return whole(err)
	}
	switch uint32(0x1a2b3c4d) {
	case binary.BigEndian.Uint32(magic):
		p.order = binary.BigEndian
	case binary.LittleEndian.Uint32(magic):
		p.order = binary.LittleEndian
	default:
		return p.broken("a section without a byte order")
	}
	p.interfaces = nil
	size := int64(p.order.Uint32(length[:]))
	if size < 28 {
		return p.broken("a section header that is too short to be one")
	}
	return p.skip((size+3)&^3 - 12)
}

// block reads one block; ok says that it is a packet.
func (p *pcapng) block(kind uint32, b []byte) (f frame, ok bool, err error) {
	var id, size uint32
	var at uint64
	switch {
	case kind == blockInterface:
		return frame{}, false, p.describe(b)
	case kind == blockSimple && len(b) >= 4:
		size, b = p.order.Uint32(b), b[4:]
		size = min(size, uint32(len(b))) // it may have been cut to the interface's length
	case kind == blockPacket && len(b) >= 20:
		id = p.order.Uint32(b)
	case kind == blockPacketOld && len(b) >= 20:
		id = uint32(p.order.Uint16(b))
	default:
		return frame{}, false, p.broken("a packet that is too short to be one")
	}
	if kind != blockSimple {
		at = uint64(p.order.Uint32(b[4:]))<<32 | uint64(p.order.Uint32(b[8:]))
		size, b = p.order.Uint32(b[12:]), b[20:]
	}
	if size > uint32(len(b)) {
		return frame{}, false, p.broken("a packet that is longer than its block")
	}
	if id >= uint32(len(p.interfaces)) {
		p.left[leftInterfaces]++
		return frame{}, false, nil
	}
	from := p.interfaces[id]
	if kind != blockSimple {
		p.last = from.time(at)
	}
	return frame{p.last, from.link, b[:size]}, true, nil
}

// describe takes the description of an interface.
func (p *pcapng) describe(b []byte) error {
	if len(b) < 8 {
		return p.broken("an interface that is too short to be one")
	}
	if len(p.interfaces) == maxInterfaces {
		return p.broken("too many interfaces")
	}
	n := netif{link: uint32(p.order.Uint16(b)), parts: 1e6}
	for b = b[8:]; len(b) >= 4; {
		code, size := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if code == 0 || len(b) < 4+size {
			break
		}
		v := b[4 : 4+size]
		switch {
		case code == optionResolution && size == 1:
			if n.parts = resolution(v[0]); n.parts == 0 {
				return p.broken("times of an impossible resolution")
			}
		case code == optionOffset && size == 8:
			n.offset = int64(p.order.Uint64(v))
		}
		b = b[min(4+(size+3)&^3, len(b)):]
	}
	p.interfaces = append(p.interfaces, n)
	return nil
}

// resolution is how many parts a second has, 0 where that is more than can be counted.
func resolution(v byte) uint64 {
	if v&0x80 != 0 {
		return uint64(1) << (v & 0x7f)
	}
	if v > 19 {
		return 0
	}
	parts := uint64(1)
	for range v {
		parts *= 10
	}
	return parts
}

func (n netif) time(at uint64) time.Time {
	hi, lo := bits.Mul64(at%n.parts, 1e9)
	nanos, _ := bits.Div64(hi, lo, n.parts)
	return time.Unix(int64(at/n.parts)+n.offset, int64(nanos))
}
