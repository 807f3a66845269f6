package capture

import (
	"encoding/binary"
	"net/netip"
)

// The protocols above IP that are looked into (IANA, "Protocol Numbers").
const (
	protoHopByHop = 0
	protoIPv4     = 4 // RFC 2003
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41 // RFC 4213
	protoRouting  = 43
	protoFragment = 44
	protoAuth     = 51
	protoOptions  = 60
)

// packet takes one IP packet of either version, inside how many others.
func (l *layers) packet(d datagram, depth int) {
	b := d.payload
	if len(b) == 0 || depth > maxTags {
		l.left[leftPacket]++
		return
	}
	ok := false
	switch b[0] >> 4 {
	case 4:
		ok = l.ipv4(d, depth)
	case 6:
		ok = l.ipv6(d, depth)
	}
	if !ok {
		l.left[leftPacket]++
	}
}

// ipv4 reads RFC 791 section 3.1. A total length of 0 is what a network card with segmentation of its own leaves behind.
func (l *layers) ipv4(d datagram, depth int) bool {
	b := d.payload
	if len(b) < 20 {
		return false
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b)
	}
	if header < 20 || total < header || len(b) < header {
		return false
	}
	d.src, d.dst = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
	d.protocol, d.id = b[9], uint32(binary.BigEndian.Uint16(b[4:]))
	part := binary.BigEndian.Uint16(b[6:])
	d.payload = b[header:min(total, len(b))]
	if part&0x3fff == 0 {
		l.inside(d, depth)
		return true
	}
	if total <= len(b) { // else the capture has cut it
		l.fragment(d, int(part&0x1fff)*8, part&0x2000 != 0, depth)
	}
	return true
}

// ipv6 reads RFC 8200 sections 3 and 4.
func (l *layers) ipv6(d datagram, depth int) bool {
	b := d.payload
	if len(b) < 40 {
		return false
	}
	d.src, d.dst = netip.AddrFrom16([16]byte(b[8:])).Unmap(), netip.AddrFrom16([16]byte(b[24:])).Unmap()
	d.protocol, d.id = b[6], 0
	size := int(binary.BigEndian.Uint16(b[4:]))
	whole := size <= len(b)-40
	if b = b[40:]; size > 0 && whole {
		b = b[:size]
	}
	for {
		size := 0
		switch d.protocol {
		default:
			d.payload = b
			l.inside(d, depth)
			return true
		case protoHopByHop, protoRouting, protoOptions:
			if len(b) >= 8 {
				size = 8 + int(b[1])*8
			}
		case protoAuth: // RFC 4302 section 2.2
			if len(b) >= 8 {
				size = 8 + int(b[1])*4
			}
		case protoFragment:
			if len(b) < 8 {
				return false
			}
			part := binary.BigEndian.Uint16(b[2:])
			d.protocol, d.id, d.payload = b[0], binary.BigEndian.Uint32(b[4:]), b[8:]
			if part&^6 == 0 { // the only one (RFC 6946)
				b = d.payload
				continue
			}
			if whole {
				l.fragment(d, int(part&^7), part&1 != 0, depth)
			}
			return true
		}
		if size == 0 || size > len(b) {
			return false
		}
		d.protocol, b = b[0], b[size:]
	}
}

// inside hands on what a packet holds, or opens the tunnel that it is.
func (l *layers) inside(d datagram, depth int) {
	switch d.protocol {
	case protoIPv4, protoIPv6:
		l.packet(d, depth+1)
	case protoUDP, protoTCP:
		l.deliver(d)
	}
}
