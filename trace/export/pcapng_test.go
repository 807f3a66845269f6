package export_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/export"
)

// captured is one packet of a file, taken apart with every length and checksum verified.
type captured struct {
	at         time.Time
	src, dst   netip.AddrPort
	text       string
	seq, ack   uint32
	comments   []string
	protocol   byte
	interfaced uint32
}

func readPcapng(t *testing.T, file string) (out []captured, about []string) {
	t.Helper()
	b, le := []byte(file), binary.LittleEndian
	interfaces := uint32(0)
	for len(b) > 0 {
		kind, length := le.Uint32(b), le.Uint32(b[4:])
		if length%4 != 0 || le.Uint32(b[length-4:]) != length {
			t.Fatalf("block %x of %d bytes", kind, length)
		}
		body := b[8 : length-4]
		b = b[length:]
		switch kind {
		case 0x0A0D0D0A:
			if le.Uint32(body) != 0x1A2B3C4D || le.Uint16(body[4:]) != 1 {
				t.Fatal("no section header")
			}
			about = options(t, body[16:])
		case 1:
			interfaces++
			if le.Uint16(body) != 101 {
				t.Fatal("packets do not begin with IP")
			}
		case 6:
			size := le.Uint32(body[12:])
			p := takeApart(t, body[20:20+size])
			p.interfaced = le.Uint32(body)
			if p.interfaced >= interfaces || le.Uint32(body[16:]) != size {
				t.Fatal("no such interface, or cut")
			}
			p.at = time.UnixMicro(int64(le.Uint32(body[4:]))<<32 | int64(le.Uint32(body[8:])))
			p.comments = options(t, body[20+(size+3)/4*4:])
			out = append(out, p)
		default:
			t.Fatalf("block %x", kind)
		}
	}
	return out, about
}

// options reads the comments among options.
func options(t *testing.T, b []byte) (comments []string) {
	t.Helper()
	for {
		code, length := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if code == 0 {
			if len(b) != 4 {
				t.Fatalf("%d bytes behind the options", len(b)-4)
			}
			return comments
		}
		if code == 1 {
			comments = append(comments, string(b[4:4+length]))
		}
		b = b[4+(length+3)/4*4:]
	}
}

func sum(parts ...[]byte) uint16 {
	total := uint32(0)
	for _, p := range parts {
		if len(p)%2 == 1 {
			p = append(p[:len(p):len(p)], 0)
		}
		for ; len(p) > 0; p = p[2:] {
			total += uint32(binary.BigEndian.Uint16(p))
			total = total>>16 + total&0xffff
		}
	}
	return uint16(total)
}

func takeApart(t *testing.T, b []byte) (p captured) {
	t.Helper()
	var src, dst netip.Addr
	var data, pseudo []byte
	if b[0]>>4 == 4 {
		if int(binary.BigEndian.Uint16(b[2:])) != len(b) || sum(b[:20]) != 0xffff {
			t.Fatal("IPv4 length or checksum")
		}
		p.protocol, data, pseudo = b[9], b[20:], b[12:20]
		src, dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	} else {
		if int(binary.BigEndian.Uint16(b[4:])) != len(b)-40 {
			t.Fatal("IPv6 length")
		}
		p.protocol, data, pseudo = b[6], b[40:], b[8:40]
		src, dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	}
	if sum(pseudo, []byte{0, p.protocol}, binary.BigEndian.AppendUint16(nil, uint16(len(data))), data) != 0xffff {
		t.Fatalf("checksum of %d", p.protocol)
	}
	p.src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(data))
	p.dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(data[2:]))
	if p.protocol == 17 {
		if int(binary.BigEndian.Uint16(data[4:])) != len(data) {
			t.Fatal("UDP length")
		}
		p.text = string(data[8:])
		return p
	}
	p.seq, p.ack, p.text = binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[8:]), string(data[20:])
	return p
}

func TestPacketsHaveTheTimesAndAddressesOfTheMessages(t *testing.T) {
	for _, name := range names(t) {
		views := call(t, name)[:1]
		got, about := readPcapng(t, write(t, "pcapng", views, export.Options{}))
		n := 0
		for _, l := range trace.Merge(views) {
			e := l.Event
			m, ok := e.Data.(trace.SIP)
			if !ok {
				continue
			}
			p := got[n]
			n++
			src, dst := p.src.String(), p.dst.String()
			if e.Kind == trace.SIPReceived {
				src, dst = dst, src
			}
			if src != m.Local || dst != m.Remote || p.text != m.Raw || p.at.Sub(l.At).Abs() > time.Millisecond {
				t.Errorf("%s: %+v for %+v", name, p, m)
			}
		}
		if n != len(got) || len(about) != 1 || about[0] == "" {
			t.Errorf("%s: %d packets for %d messages, %q", name, len(got), n, about)
		}
	}
}

func TestMessageThatTwoDevicesRecordedIsOnePacket(t *testing.T) {
	got, _ := readPcapng(t, write(t, "pcapng", call(t, "answered"), export.Options{}))
	if len(got) != 20 {
		t.Errorf("%d packets, want 20", len(got))
	}
	if said := strings.Join(got[0].comments, ""); !strings.Contains(said, "Reception called Warehouse") {
		t.Errorf("the INVITE says %q", said)
	}
}

// transported is a call over another transport, between other addresses, recorded at another level.
func transported(transport, local, remote string, capture trace.Capture) []trace.View {
	views := calltest.Answered()[:1]
	for i, e := range views[0].Events {
		if d, ok := e.Data.(trace.SIP); ok {
			d.Transport, d.Local, d.Remote = transport, local, remote
			views[0].Events[i].Data = d
			views[0].Events[i] = trace.Redact(views[0].Events[i], capture, trace.Mask{})
		}
	}
	return views
}

func TestStreamsFitTogetherWithoutAHandshake(t *testing.T) {
	for _, ends := range [][2]string{{"10.1.0.5:40000", "10.1.0.9:5060"}, {"[2001:db8::5]:40000", "[2001:db8::9]:5061"}} {
		got, _ := readPcapng(t, write(t, "pcapng", transported("tls", ends[0], ends[1], trace.CaptureFull), export.Options{}))
		next := map[netip.AddrPort]uint32{}
		for _, p := range got {
			if p.protocol != 6 || p.seq != 1+next[p.src] || p.ack != 1+next[p.dst] {
				t.Errorf("sequence %d, acknowledged %d, want %d and %d", p.seq, p.ack, 1+next[p.src], 1+next[p.dst])
			}
			next[p.src] += uint32(len(p.text))
			if !strings.Contains(strings.Join(p.comments, " "), "encrypted on its way") {
				t.Errorf("nothing says that it was TLS: %q", p.comments)
			}
		}
		if len(got) != 20 {
			t.Errorf("%d packets", len(got))
		}
	}
}

func TestMessagesThatWereNotWhollyRecordedStillMakePackets(t *testing.T) {
	for capture, note := range map[trace.Capture]string{trace.CaptureHeaders: "The body of this message", trace.CaptureNone: "was not recorded"} {
		got, _ := readPcapng(t, write(t, "pcapng", transported("udp", "10.1.0.5:5060", "10.1.0.9:5060", capture), export.Options{}))
		if len(got) != 20 || !strings.Contains(strings.Join(got[0].comments, " "), note) {
			t.Fatalf("%s: %d packets, %q", capture, len(got), got[0].comments)
		}
		for _, p := range got {
			if !strings.HasSuffix(p.text, "\r\n\r\n") || !strings.Contains(p.text, "Content-Length: 0\r\n") || !strings.Contains(p.text, "Call-ID: 4f1e0b2c@10.1.0.5\r\n") {
				t.Errorf("%s: %q", capture, p.text)
			}
		}
	}
	got, _ := readPcapng(t, write(t, "pcapng", transported("udp", "10.1.0.5:5060", "10.1.0.9:5060", trace.CaptureNone), export.Options{}))
	bye := got[len(got)-2].text // the called side's
	for _, part := range []string{"BYE sip:101@example.com SIP/2.0\r\n", "From: <sip:102@10.1.0.9:5060>;tag=77b0\r\n", "To: <sip:101@example.com>;tag=a81c\r\n"} {
		if !strings.Contains(bye, part) {
			t.Errorf("%q lacks %q", bye, part)
		}
	}
	got, about := readPcapng(t, write(t, "pcapng", transported("udp", "somewhere", "10.1.0.9:5060", trace.CaptureFull), export.Options{Redact: true}))
	if len(got) != 0 || len(about) != 3 || !strings.HasPrefix(about[1], "Redacted:") || !strings.Contains(about[2], "20 messages are left out") {
		t.Errorf("%d packets, %q", len(got), about)
	}
}

func TestContentLengthIsThatOfAMaskedBody(t *testing.T) {
	views := transported("tcp", "10.1.0.5:40000", "10.1.0.9:5060", trace.CaptureFull)
	for i, e := range views[0].Events {
		if d, ok := e.Data.(trace.SIP); ok {
			d.Raw = strings.Replace(d.Raw, "a=sendrecv\r\n", "k=x\r\n", 1)
			views[0].Events[i].Data = d
		}
	}
	got, _ := readPcapng(t, write(t, "pcapng", views, export.Options{}))
	head, body, _ := strings.Cut(got[0].text, "\r\n\r\n")
	if !strings.Contains(head, "Content-Length: 97") || len(body) != 97 || !strings.Contains(strings.Join(got[0].comments, " "), "The message said 104") {
		t.Errorf("%q, %q", got[0].text, got[0].comments)
	}
}
