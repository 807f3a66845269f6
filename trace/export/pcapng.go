package export

import (
	"bytes"
	"encoding/binary"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// The blocks and options of pcapng that are written (draft-ietf-opsawg-pcapng sections 3.5 and 4.1 to 4.3).
const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 1
	blockPacket    = 6 // enhanced packet block

	optionEnd         = 0
	optionComment     = 1
	optionName        = 2 // of an interface
	optionFlags       = 2 // of a packet
	optionApplication = 4 // of a section
	optionResolution  = 9 // of an interface's times

	linkRaw = 101 // packets begin with the IP header
)

// maxComment bounds an option, whose length has 16 bits.
const maxComment = 4000

var order = binary.LittleEndian

// writePcapng writes the SIP messages as packets with their times and addresses, an interface for each device. A message
// that two devices recorded is one packet, as it was sent. RTP and RTCP were not recorded, so there are none.
func writePcapng(b *bytes.Buffer, c call) error {
	told, ps, w := story.Tell(c.views, c.lang), packets(c.views), newWire()
	said := sentences(told, ps)
	var frames []frame
	left := 0
	for _, p := range ps {
		if p.pair >= 0 && !p.sent && ps[p.pair].sent {
			continue // its sender wrote it down too
		}
		text, notes := payload(p, c.lang)
		segments := w.frames(p, text)
		if len(segments) == 0 {
			left++
		}
		if s, ok := said[p.ref]; ok {
			notes = append([]string{s}, notes...)
		}
		for i, data := range segments {
			f := frame{packet: p, data: data}
			if i == 0 {
				f.notes = notes
			}
			frames = append(frames, f)
		}
	}
	about := []string{told.Verdict.Sentence()}
	if c.redacted {
		about = append(about, c.lang.Say("export.redacted"))
	}
	if left > 0 {
		about = append(about, c.lang.Say("export.left", phrase.Count("n", left)))
	}
	b.Write(sectionHeader(about))
	for _, v := range c.views {
		b.Write(interfaceBlock(v))
	}
	for _, f := range frames {
		b.Write(f.block())
	}
	return nil
}

// sentences are those of the story, each by the first message that proves it.
func sentences(told story.Story, ps []packet) map[trace.EventRef]string {
	messages := make(map[trace.EventRef]bool, len(ps))
	for _, p := range ps {
		messages[p.ref] = true
	}
	said := map[trace.EventRef]string{}
	for _, s := range told.Steps {
		for _, ref := range s.Evidence {
			if messages[ref] && said[ref] == "" {
				said[ref] = s.Sentence
				break
			}
		}
	}
	return said
}

// payload is the text of a message as a packet holds it, and what a reader must know about it.
func payload(p packet, lang phrase.Lang) (text string, notes []string) {
	length, body := p.text.length(), len(p.text.body)
	switch {
	case p.rebuilt:
		text, notes = p.text.String(), append(notes, lang.Say("export.rebuilt"))
	case p.text.whole && (length < 0 && p.Transport == "udp" || length == body):
		text = p.Raw
	case length > 0 && body == 0:
		text, notes = p.text.String(), append(notes, lang.Say("export.body", phrase.Count("n", length)))
	default:
		text = p.text.String()
		if length >= 0 && length != body {
			notes = append(notes, lang.Say("export.length", phrase.Count("n", length)))
		}
	}
	if p.Transport == "tls" {
		notes = append(notes, lang.Say("export.tls"))
	}
	return text, notes
}

// frame is a packet block in the making.
type frame struct {
	packet packet
	data   []byte
	notes  []string
}

func (f frame) block() []byte {
	micros := uint64(max(f.packet.at.UnixMicro(), 0))
	body := order.AppendUint32(nil, uint32(f.packet.view))
	body = order.AppendUint32(body, uint32(micros>>32))
	body = order.AppendUint32(body, uint32(micros))
	body = order.AppendUint32(body, uint32(len(f.data)))
	body = order.AppendUint32(body, uint32(len(f.data)))
	body = pad(append(body, f.data...))
	direction := uint32(1) // inbound
	if f.packet.sent {
		direction = 2
	}
	body = option(body, optionFlags, order.AppendUint32(nil, direction))
	for _, note := range f.notes {
		body = option(body, optionComment, []byte(note))
	}
	return block(blockPacket, option(body, optionEnd, nil))
}

func sectionHeader(about []string) []byte {
	body := order.AppendUint32(nil, 0x1A2B3C4D)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint64(body, 1<<64-1) // the length of the section is not told
	for _, line := range about {
		body = option(body, optionComment, []byte(line))
	}
	body = option(body, optionApplication, []byte("Sidetone"))
	return block(blockSection, option(body, optionEnd, nil))
}

func interfaceBlock(v trace.View) []byte {
	body := order.AppendUint16(nil, linkRaw)
	body = order.AppendUint16(body, 0)
	body = order.AppendUint32(body, 0) // no limit
	if name := phrase.Clean(v.Device); name != "" {
		body = option(body, optionName, []byte(name))
	}
	body = option(body, optionResolution, []byte{6}) // microseconds
	return block(blockInterface, option(body, optionEnd, nil))
}

func option(b []byte, code uint16, value []byte) []byte {
	value = value[:min(len(value), maxComment)]
	b = order.AppendUint16(b, code)
	b = order.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// block puts type and length around a body, whose length is a multiple of 4.
func block(kind uint32, body []byte) []byte {
	length := uint32(len(body) + 12)
	b := order.AppendUint32(make([]byte, 0, length), kind)
	b = order.AppendUint32(b, length)
	b = append(b, body...)
	return order.AppendUint32(b, length)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
