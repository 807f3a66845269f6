package capture_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"sidetone/capture"
)

var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// builder writes a capture packet by packet.
type builder struct {
	link    uint32
	at      time.Time
	packets []packet
	ids     uint16
}

type packet struct {
	at   time.Time
	data []byte
}

func newBuilder() *builder { return &builder{link: 101, at: noon} }

// after lets time pass.
func (b *builder) after(d time.Duration) *builder { b.at = b.at.Add(d); return b }

// raw adds a packet of the capture's link type.
func (b *builder) raw(data []byte) *builder {
	b.packets = append(b.packets, packet{b.at, data})
	return b
}

// udp adds a datagram.
func (b *builder) udp(src, dst string, payload string) *builder {
	b.ids++
	return b.raw(ipPacket(addr(src).Addr(), addr(dst).Addr(), 17, b.ids, udpDatagram(addr(src), addr(dst), payload)))
}

// tcp adds a segment.
func (b *builder) tcp(src, dst string, seq uint32, payload string) *builder {
	b.ids++
	return b.raw(ipPacket(addr(src).Addr(), addr(dst).Addr(), 6, b.ids, tcpSegment(addr(src), addr(dst), seq, 0x18, payload)))
}

func udpDatagram(src, dst netip.AddrPort, payload string) []byte {
	h := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(h, src.Port())
	binary.BigEndian.PutUint16(h[2:], dst.Port())
	binary.BigEndian.PutUint16(h[4:], uint16(8+len(payload)))
	return append(h, payload...)
}

func tcpSegment(src, dst netip.AddrPort, seq uint32, flags byte, payload string) []byte {
	h := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(h, src.Port())
	binary.BigEndian.PutUint16(h[2:], dst.Port())
	binary.BigEndian.PutUint32(h[4:], seq)
	h[12], h[13] = 5<<4, flags
	return append(h, payload...)
}

// ipPacket is one packet of the family of the addresses.
func ipPacket(src, dst netip.Addr, protocol byte, id uint16, payload []byte) []byte {
	if src.Is6() {
		h := make([]byte, 40, 40+len(payload))
		h[0], h[6], h[7] = 0x60, protocol, 64
		binary.BigEndian.PutUint16(h[4:], uint16(len(payload)))
		copy(h[8:], src.AsSlice())
		copy(h[24:], dst.AsSlice())
		return append(h, payload...)
	}
	h := make([]byte, 20, 20+len(payload))
	h[0], h[8], h[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(h[4:], id)
	copy(h[12:], src.AsSlice())
	copy(h[16:], dst.AsSlice())
	return append(h, payload...)
}

// pcap is the file in the older format.
func (b *builder) pcap(order binary.AppendByteOrder, nano bool) []byte {
	magic, parts := uint32(0xa1b2c3d4), time.Microsecond
	if nano {
		magic, parts = 0xa1b23c4d, time.Nanosecond
	}
	f := order.AppendUint32(nil, magic)
	f = order.AppendUint16(order.AppendUint16(f, 2), 4)
	f = append(f, make([]byte, 8)...)
	f = order.AppendUint32(order.AppendUint32(f, 262144), b.link)
	for _, p := range b.packets {
		f = order.AppendUint32(f, uint32(p.at.Unix()))
		f = order.AppendUint32(f, uint32(p.at.Nanosecond()/int(parts)))
		f = order.AppendUint32(order.AppendUint32(f, uint32(len(p.data))), uint32(len(p.data)))
		f = append(f, p.data...)
	}
	return f
}

// file is the file as most programs would write it.
func (b *builder) file() []byte { return b.pcap(binary.LittleEndian, false) }

func (b *builder) read(t *testing.T, o capture.Options) *capture.Result {
	t.Helper()
	return read(t, b.file(), o)
}

func read(t *testing.T, file []byte, o capture.Options) *capture.Result {
	t.Helper()
	r, err := capture.Read(bytes.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
