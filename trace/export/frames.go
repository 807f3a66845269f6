package export

import (
	"encoding/binary"
	"net/netip"
)

// The protocol numbers of IANA.
const (
	protocolTCP = 6
	protocolUDP = 17
)

// maxSegment bounds what one packet carries of a stream, in bytes: an IPv4 packet has 65535 in all.
const maxSegment = 65535 - 20 - 20

// maxDatagram is the same for a datagram.
const maxDatagram = 65535 - 20 - 8

// wire builds IP packets. It counts the bytes of each direction of each connection, so that streams fit together though
// their handshake was never recorded.
type wire struct {
	next map[[2]netip.AddrPort]uint32 // sequence number to come, from source to destination
	id   uint16
}

func newWire() *wire { return &wire{next: map[[2]netip.AddrPort]uint32{}} }

// frames packs a message into IP packets: none when its addresses cannot be read, or when no datagram holds it.
func (w *wire) frames(p packet, text string) [][]byte {
	from, to := p.ends()
	src, err := netip.ParseAddrPort(from)
	dst, err2 := netip.ParseAddrPort(to)
	if err != nil || err2 != nil {
		return nil
	}
	src, dst = plainAddr(src), plainAddr(dst)
	if src.Addr().Is4() != dst.Addr().Is4() {
		return nil
	}
	if p.Transport == "udp" {
		if len(text) > maxDatagram {
			return nil
		}
		return [][]byte{w.packet(src, dst, protocolUDP, datagram(src, dst, text))}
	}
	var out [][]byte
	for text != "" {
		part := text[:min(len(text), maxSegment)]
		text = text[len(part):]
		out = append(out, w.packet(src, dst, protocolTCP, w.segment(src, dst, part)))
	}
	return out
}

// plainAddr takes an address as it stands in a packet: no zone, and IPv4 as IPv4.
func plainAddr(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// datagram is a UDP datagram with its header (RFC 768).
func datagram(src, dst netip.AddrPort, text string) []byte {
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(text)))
	b = append(b, 0, 0)
	b = append(b, text...)
	sum := checksum(pseudoHeader(src, dst, protocolUDP, len(b)), b)
	if sum == 0 { // that would say that there is no checksum
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return b
}

// segment is a TCP segment with its header (RFC 9293 section 3.1), acknowledging what came the other way.
func (w *wire) segment(src, dst netip.AddrPort, text string) []byte {
	const acknowledge, push = 0x10, 0x08
	there, back := [2]netip.AddrPort{src, dst}, [2]netip.AddrPort{dst, src}
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint32(b, 1+w.next[there])
	b = binary.BigEndian.AppendUint32(b, 1+w.next[back])
	b = append(b, 5<<4, acknowledge|push, 0xff, 0xff, 0, 0, 0, 0)
	b = append(b, text...)
	w.next[there] += uint32(len(text))
	binary.BigEndian.PutUint16(b[16:], checksum(pseudoHeader(src, dst, protocolTCP, len(b)), b))
	return b
}

// packet puts the IP header in front (RFC 791 section 3.1, RFC 8200 section 3).
func (w *wire) packet(src, dst netip.AddrPort, protocol byte, data []byte) []byte {
	const hops = 64
	if src.Addr().Is6() {
		b := []byte{0x60, 0, 0, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
		b = append(b, protocol, hops)
		b = append(b, src.Addr().AsSlice()...)
		b = append(b, dst.Addr().AsSlice()...)
		return append(b, data...)
	}
	w.id++
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(data)))
	b = binary.BigEndian.AppendUint16(b, w.id)
	b = append(b, 0x40, 0, hops, protocol, 0, 0) // not to be fragmented
	b = append(b, src.Addr().AsSlice()...)
	b = append(b, dst.Addr().AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], checksum(b))
	return append(b, data...)
}

// pseudoHeader is what a transport's checksum covers of the network layer (RFC 9293 section 3.1, RFC 8200 section 8.1).
func pseudoHeader(src, dst netip.AddrPort, protocol byte, length int) []byte {
	b := append(src.Addr().AsSlice(), dst.Addr().AsSlice()...)
	if src.Addr().Is4() {
		b = append(b, 0, protocol)
		return binary.BigEndian.AppendUint16(b, uint16(length))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(length))
	return append(b, 0, 0, 0, protocol)
}

// checksum is the Internet checksum of the parts together (RFC 1071); only the last one may be of an odd length.
func checksum(parts ...[]byte) uint16 {
	sum := uint32(0)
	for _, p := range parts {
		for i := 0; i < len(p); i += 2 {
			sum += uint32(p[i]) << 8
			if i+1 < len(p) {
				sum += uint32(p[i+1])
			}
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
