package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"sidetone/sipua/wire"
	"sidetone/trace"
)

// maxField bounds what is kept of a text that a message gives: a tag, a branch, a name.
const maxField = 256

// overheard is one SIP message as it crossed the place of the capture.
type overheard struct {
	at        time.Time
	src, dst  netip.AddrPort
	sentBy    netip.AddrPort
	transport string
	id        uint32 // of its IP packet
	vias      int
	trace.SIP         // but for what depends on whose view it is
	target    string  // address of record in the Request-URI
	heard     []count // of the call's sound so far, by the index of call.media
}

// beginsSIP tells whether bytes begin with the start line of a SIP message.
func beginsSIP(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	if bytes.HasPrefix(b, []byte("SIP/2.0 ")) {
		return b[8] >= '1' && b[8] <= '6'
	}
	if b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	line, _, found := bytes.Cut(b, []byte("\r\n"))
	return found && bytes.HasSuffix(bytes.TrimRight(line, " "), []byte(" SIP/2.0"))
}

// trimLines takes the line ends off that keep a connection alive (RFC 5626 section 3.5.1).
func trimLines(b []byte) []byte { return bytes.TrimLeft(b, "\r\n") }

// datagram sorts what IP carries.
func (t *tracker) datagram(d datagram) {
	if d.protocol == protoTCP {
		t.streams.segment(d)
		return
	}
	b := d.payload
	if len(b) < 8 {
		t.left[leftPacket]++
		return
	}
	w := way{netip.AddrPortFrom(d.src, binary.BigEndian.Uint16(b)), netip.AddrPortFrom(d.dst, binary.BigEndian.Uint16(b[2:]))}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if b = b[8:]; size >= 8 && size-8 < len(b) {
		b = b[:size-8]
	}
	if text := trimLines(b); beginsSIP(text) {
		t.message(d.at, w, "udp", d.id, text)
		return
	}
	t.media(d.at, w, b)
}

// message takes one SIP message.
func (t *tracker) message(at time.Time, w way, transport string, id uint32, raw []byte) {
	o, err := wire.Overhear(raw)
	if err != nil {
		t.left[leftMessage]++
		return
	}
	m := &overheard{at: at, src: w.src, dst: w.dst, sentBy: o.SentBy, transport: transport, id: id, vias: o.Vias, target: o.Target}
	via, _ := o.Via().Params.Get("branch")
	m.SIP = trace.SIP{
		Transport: transport, Method: field(o.Method), Status: o.Status, Reason: field(o.Reason), CSeq: o.CSeq().SeqNo,
		Branch: field(via), Size: len(raw), Raw: string(raw),
	}
	if from := o.From(); from != nil {
		tag, _ := from.Params.Get("tag")
		m.FromTag = field(tag)
	}
	if to := o.To(); to != nil {
		tag, _ := to.Params.Get("tag")
		m.ToTag = field(tag)
	}
	t.sort(m, o)
}

// field bounds a text of a message, and makes it a copy that does not hold the whole message.
func field(s string) string {
	return strings.Clone(strings.ToValidUTF8(s[:min(len(s), maxField)], "?"))
}
