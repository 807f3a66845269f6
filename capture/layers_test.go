package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/capture"
	"sidetone/trace"
)

func wantSimple(t *testing.T, r *capture.Result) {
	t.Helper()
	if diff := cmp.Diff(simple, kinds(r)); diff != "" {
		t.Errorf("left out %v (-want +got):\n%s", r.Left, diff)
	}
}

func TestPcapIsReadInBothByteOrdersAndResolutions(t *testing.T) {
	want := simpleCall(newBuilder()).read(t, capture.Options{})
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		for _, nano := range []bool{false, true} {
			r := read(t, simpleCall(newBuilder()).pcap(order, nano), capture.Options{})
			wantSimple(t, r)
			if got := r.Calls[0].Views[0].Events[0].At; got != want.Calls[0].Views[0].Events[0].At || got != noon {
				t.Errorf("%v, nano %v: the call begins %s", order, nano, got)
			}
		}
	}
}

// pcapng writes blocks in a byte order.
type pcapng struct {
	order binary.AppendByteOrder
	file  []byte
}

func (p *pcapng) block(kind uint32, body []byte) {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	size := uint32(12 + len(body))
	p.file = p.order.AppendUint32(p.order.AppendUint32(p.file, kind), size)
	p.file = p.order.AppendUint32(append(p.file, body...), size)
}

func (p *pcapng) section() {
	p.block(0x0a0d0d0a, append(p.order.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255))
}

func (p *pcapng) netif(link uint16, options ...byte) {
	p.block(1, append(p.order.AppendUint32(p.order.AppendUint16(p.order.AppendUint16(nil, link), 0), 0), options...))
}

func (p *pcapng) packet(id uint32, at uint64, data []byte) {
	b := p.order.AppendUint32(nil, id)
	b = p.order.AppendUint32(p.order.AppendUint32(b, uint32(at>>32)), uint32(at))
	b = p.order.AppendUint32(p.order.AppendUint32(b, uint32(len(data))), uint32(len(data)))
	p.block(6, append(b, data...))
}

func TestPcapngIsReadInEverySectionWithTheTimesOfItsInterface(t *testing.T) {
	packets := simpleCall(newBuilder()).packets
	p := &pcapng{order: binary.BigEndian}
	p.section()
	p.block(0xbad, []byte("what nobody knows"))
	p.netif(1)
	p.netif(101, append(p.order.AppendUint16(p.order.AppendUint16(nil, 9), 1), 9, 0, 0, 0)...) // nanoseconds
	for _, k := range packets[:3] {
		p.packet(1, uint64(k.at.UnixNano()), k.data)
	}
	p.order = binary.LittleEndian
	p.section()
	offset := p.order.AppendUint64(p.order.AppendUint16(p.order.AppendUint16(nil, 14), 8), uint64(noon.Unix()))
	p.netif(101, append(append(p.order.AppendUint16(p.order.AppendUint16(nil, 9), 1), 0x80|10, 0, 0, 0), offset...)...) // 1024th parts since noon
	for _, k := range packets[3:] {
		p.packet(0, uint64(k.at.Sub(noon)*1024/time.Second), k.data)
	}
	p.packet(7, 0, packets[0].data)
	r := read(t, p.file, capture.Options{})
	wantSimple(t, r)
	end, _ := r.Calls[0].Views[0].Events[len(r.Calls[0].Views[0].Events)-1].Data.(trace.Ended)
	if took := end.TotalUS.Duration(); (took - 11010*time.Millisecond).Abs() > time.Millisecond {
		t.Errorf("the call took %s", took)
	}
	if diff := cmp.Diff([]capture.Left{{Reason: "packets of network interfaces that the file does not describe", Count: 1}}, r.Left); diff != "" {
		t.Error(diff)
	}
}

func TestSimplePacketsOfPcapngAreRead(t *testing.T) {
	p := &pcapng{order: binary.LittleEndian}
	p.section()
	p.netif(101)
	for i, k := range simpleCall(newBuilder()).packets {
		if i == 0 {
			p.packet(0, uint64(noon.UnixMicro()), k.data)
			continue
		}
		p.block(3, append(p.order.AppendUint32(nil, uint32(len(k.data))), k.data...))
	}
	wantSimple(t, read(t, p.file, capture.Options{}))
}

// link puts every packet into a frame of a link type.
func link(kind uint32, header func(ip []byte) []byte) *builder {
	b := simpleCall(newBuilder())
	b.link = kind
	for i := range b.packets {
		b.packets[i].data = append(header(b.packets[i].data), b.packets[i].data...)
	}
	return b
}

func bytesOf(b ...byte) func([]byte) []byte {
	return func([]byte) []byte { return bytes.Clone(b) }
}

func TestEveryLinkTypeIsRead(t *testing.T) {
	macs := make([]byte, 12)
	for name, b := range map[string]*builder{
		"Ethernet":          link(1, bytesOf(append(bytes.Clone(macs), 8, 0)...)),
		"VLAN":              link(1, bytesOf(append(bytes.Clone(macs), 0x81, 0, 0, 7, 8, 0)...)),
		"QinQ":              link(1, bytesOf(append(bytes.Clone(macs), 0x88, 0xa8, 0, 9, 0x81, 0, 0, 7, 8, 0)...)),
		"Linux cooked":      link(113, bytesOf(append(make([]byte, 14), 8, 0)...)),
		"Linux cooked 2":    link(276, bytesOf(append([]byte{8, 0}, make([]byte, 18)...)...)),
		"null":              link(0, bytesOf(2, 0, 0, 0)),
		"loop":              link(108, bytesOf(0, 0, 0, 2)),
		"raw":               link(101, bytesOf()),
		"raw IPv4":          link(228, bytesOf()),
		"IP in IP":          link(101, func(ip []byte) []byte { return outer(4, len(ip)) }),
		"IP with an option": link(101, func(ip []byte) []byte { return nil }),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "IP with an option" {
				for i, k := range b.packets {
					b.packets[i].data = withOption(k.data)
				}
			}
			wantSimple(t, b.read(t, capture.Options{}))
		})
	}
}

// outer is the header of a tunnel.
func outer(protocol byte, size int) []byte {
	return ipPacket(netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2"), protocol, 9, make([]byte, size))[:20]
}

func withOption(ip []byte) []byte {
	out := append(bytes.Clone(ip[:20]), 1, 1, 1, 0)
	out[0] = 0x46
	binary.BigEndian.PutUint16(out[2:], uint16(len(ip)+4))
	return append(out, ip[20:]...)
}

// v6 is the same call over IPv6, with what stands before UDP put there.
func v6(wrap func(src, dst netip.Addr, udp []byte, id uint32) [][]byte) *builder {
	b, out := simpleCall(newBuilder()), newBuilder()
	a6, b6 := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	for i, k := range b.packets {
		src, dst := a6, b6
		if k.data[15] == 2 {
			src, dst = b6, a6
		}
		out.at = k.at
		for _, p := range wrap(src, dst, k.data[20:], uint32(i+1)) {
			out.raw(p)
		}
	}
	return out
}

func TestIPv6IsReadThroughItsExtensionHeaders(t *testing.T) {
	for name, b := range map[string]*builder{
		"plain": v6(func(src, dst netip.Addr, udp []byte, _ uint32) [][]byte {
			return [][]byte{ipPacket(src, dst, 17, 0, udp)}
		}),
		"options": v6(func(src, dst netip.Addr, udp []byte, _ uint32) [][]byte {
			return [][]byte{ipPacket(src, dst, 0, 0, append(append([]byte{60, 0, 0, 0, 0, 0, 0, 0}, 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), udp...))}
		}),
		"a fragment that is whole": v6(func(src, dst netip.Addr, udp []byte, id uint32) [][]byte {
			return [][]byte{ipPacket(src, dst, 44, 0, append([]byte{17, 0, 0, 0, 0, 0, 0, byte(id)}, udp...))}
		}),
		"fragments": v6(func(src, dst netip.Addr, udp []byte, id uint32) [][]byte {
			return [][]byte{
				ipPacket(src, dst, 44, 0, append([]byte{17, 0, 0, 64, 0, 0, 0, byte(id)}, udp[64:]...)),
				ipPacket(src, dst, 44, 0, append([]byte{17, 0, 0, 1, 0, 0, 0, byte(id)}, udp[:64]...)),
			}
		}),
		"in IPv4": v6(func(src, dst netip.Addr, udp []byte, _ uint32) [][]byte {
			p := ipPacket(src, dst, 17, 0, udp)
			return [][]byte{append(outer(41, len(p)), p...)}
		}),
	} {
		t.Run(name, func(t *testing.T) { wantSimple(t, b.read(t, capture.Options{})) })
	}
}

// fragmented cuts every datagram of a call into fragments of n bytes.
func fragmented(n int, order func(parts [][]byte) [][]byte) *builder {
	b, out := simpleCall(newBuilder()), newBuilder()
	for _, k := range b.packets {
		var parts [][]byte
		for at := 20; at < len(k.data); at += n {
			end := min(at+n, len(k.data))
			p := append(bytes.Clone(k.data[:20]), k.data[at:end]...)
			binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
			flags := uint16((at - 20) / 8)
			if end < len(k.data) {
				flags |= 0x2000
			}
			binary.BigEndian.PutUint16(p[6:], flags)
			parts = append(parts, p)
		}
		out.at = k.at
		for _, p := range order(parts) {
			out.raw(p)
		}
	}
	return out
}

func TestFragmentsArePutTogetherInAnyOrder(t *testing.T) {
	for name, order := range map[string]func([][]byte) [][]byte{
		"in order": func(p [][]byte) [][]byte { return p },
		"backwards": func(p [][]byte) [][]byte {
			out := [][]byte{}
			for i := range p {
				out = append(out, p[len(p)-1-i])
			}
			return out
		},
		"twice": func(p [][]byte) [][]byte { return append([][]byte{p[0]}, p...) },
	} {
		t.Run(name, func(t *testing.T) { wantSimple(t, fragmented(64, order).read(t, capture.Options{})) })
	}
}

func TestFragmentsWithoutTheirRestAreCountedAndForgotten(t *testing.T) {
	b := fragmented(64, func(p [][]byte) [][]byte { return p[1:] })
	r := b.read(t, capture.Options{Limits: capture.Limits{Fragments: 2}})
	if diff := cmp.Diff([]capture.Left{{Reason: "datagrams of which fragments are missing, or too many to wait for", Count: 6}}, r.Left); diff != "" || len(r.Calls) > 0 {
		t.Errorf("%d calls\n%s", len(r.Calls), diff)
	}
}

func TestFragmentsThatOverlapAreNotBelieved(t *testing.T) {
	b := fragmented(64, func(p [][]byte) [][]byte {
		evil := bytes.Clone(p[0])
		evil = append(evil, "XXXXXXXX"...)
		binary.BigEndian.PutUint16(evil[2:], uint16(len(evil)))
		return append([][]byte{evil}, p[1:]...)
	})
	if r := b.read(t, capture.Options{}); len(r.Calls) > 0 {
		t.Errorf("a call was made of it: %s", kinds(r))
	}
}

// overTCP is the simple call in segments of n bytes.
func overTCP(n int, order func(segments []packet) []packet) *builder {
	b, out := simpleCall(newBuilder()), newBuilder()
	next := map[bool]uint32{true: 0xfffffff0, false: 7}
	var all []packet
	for _, k := range b.packets {
		fromAnn := k.data[15] == 1
		src, dst := ann, bob
		if !fromAnn {
			src, dst = dst, src
		}
		text := strings.Replace(string(k.data[28:]), "/UDP", "/TCP", 1)
		out.packets, out.at = nil, k.at
		for len(text) > 0 {
			cut := min(n, len(text))
			out.tcp(src, dst, next[fromAnn], text[:cut])
			next[fromAnn] += uint32(cut)
			text = text[cut:]
		}
		all = append(all, order(out.packets)...)
	}
	out.packets = all
	return out
}

func TestTCPIsPutTogether(t *testing.T) {
	same := func(s []packet) []packet { return s }
	for name, b := range map[string]*builder{
		"a message a segment": overTCP(5000, same),
		"small segments":      overTCP(60, same),
		"sent again":          overTCP(60, func(s []packet) []packet { return append(append([]packet{}, s...), s...) }),
		"out of order": overTCP(60, func(s []packet) []packet {
			if len(s) > 3 {
				s[1], s[2], s[3] = s[3], s[1], s[2]
			}
			return s
		}),
	} {
		t.Run(name, func(t *testing.T) {
			r := b.read(t, capture.Options{})
			wantSimple(t, r)
			if m, _ := r.Calls[0].Views[0].Events[1].Data.(trace.SIP); m.Transport != "tcp" {
				t.Errorf("the transport is %q", m.Transport)
			}
		})
	}
}

func TestStreamGoesOnBehindASegmentThatIsMissing(t *testing.T) {
	b := newBuilder()
	seq := uint32(1)
	for i := range 100 {
		d := newDialogue()
		d.callID, d.fromTag = fmt.Sprint("call", i), fmt.Sprint("tag", i)
		text := d.request("INVITE", ann, "")
		if i != 1 {
			b.tcp(ann, bob, seq, text)
		}
		seq += uint32(len(text))
	}
	r := b.read(t, capture.Options{})
	if len(r.Calls) != 99 {
		t.Errorf("%d calls", len(r.Calls))
	}
	if diff := cmp.Diff([]capture.Left{{Reason: "places in TCP connections where something is missing", Count: 1}}, r.Left); diff != "" {
		t.Error(diff)
	}
}

func TestFileThatIsCutOffIsReadAsFarAsItGoes(t *testing.T) {
	f := simpleCall(newBuilder()).file()
	r := read(t, f[:len(f)-10], capture.Options{})
	wantSimple(t, r)
	if len(r.Left) != 1 || r.Left[0].Reason != "the file ends in the middle of a packet" {
		t.Errorf("left out %v", r.Left)
	}
}

func TestFileThatIsNoCaptureIsRefusedWithThePlace(t *testing.T) {
	good := simpleCall(newBuilder()).file()
	long := bytes.Clone(good)
	binary.LittleEndian.PutUint32(long[24+8:], 1<<30)
	ng := &pcapng{order: binary.LittleEndian}
	ng.section()
	ng.file = append(ng.file, 6, 0, 0, 0, 4, 0, 0, 0)
	for name, tc := range map[string]struct {
		file   []byte
		offset int64
	}{
		"empty": {nil, 0}, "text": {[]byte("INVITE sip:x"), 0}, "half a header": {good[:10], 0},
		"an impossible packet": {long, 24}, "an impossible block": {ng.file, 28},
	} {
		_, err := capture.Read(bytes.NewReader(tc.file), capture.Options{})
		var format *capture.FormatError
		if !errors.As(err, &format) || format.Offset != tc.offset {
			t.Errorf("%s: %v", name, err)
		}
	}
}
