package offer

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"sidetone/trace"
)

// line is one m= line of ours.
type line struct {
	kind, proto string
	port        int
	formats     []string
	attributes  []sdp.Attribute
	zero        bool // described at 0.0.0.0, the hold of RFC 2543
}

// rejected repeats a stream of the peer with port 0 (RFC 3264 section 6).
func rejected(s stream) line {
	return line{kind: s.kind, proto: s.proto, formats: s.formats}
}

// audioLine is our audio: codecs best first, telephone-event where dtmf is above 0.
func (n *Negotiation) audioLine(codecs []Codec, dtmf uint8, direction trace.MediaDirection) line {
	l := line{kind: "audio", proto: "RTP/AVP", port: n.local.Port}
	for _, c := range codecs {
		pt := strconv.Itoa(int(c.PayloadType))
		l.formats = append(l.formats, pt)
		l.attributes = append(l.attributes, sdp.NewAttribute("rtpmap", fmt.Sprintf("%s %s/%d", pt, c.Name, c.ClockRate)))
	}
	if dtmf > 0 {
		pt := strconv.Itoa(int(dtmf))
		l.formats = append(l.formats, pt)
		l.attributes = append(l.attributes,
			sdp.NewAttribute("rtpmap", pt+" telephone-event/8000"),
			sdp.NewAttribute("fmtp", pt+" 0-15")) // RFC 4733 section 2.5.1.1: the DTMF events
	}
	l.attributes = append(l.attributes,
		sdp.NewAttribute("ptime", strconv.Itoa(int(n.local.Ptime.Milliseconds()))),
		sdp.NewPropertyAttribute(string(direction)))
	return l
}

// describe writes a description and raises the version of o= if, and only if, anything changed since the last one that
// was written (RFC 3264 section 8).
func (n *Negotiation) describe(lines []line) ([]byte, error) {
	content, err := n.marshal(lines, 0)
	if err != nil {
		return nil, err
	}
	if content != n.written {
		n.written = content
		n.version++
	}
	text, err := n.marshal(lines, n.version)
	return []byte(text), err
}

func (n *Negotiation) marshal(lines []line, version uint64) (string, error) {
	kind := "IP4"
	if n.local.Address.Is6() {
		kind = "IP6"
	}
	address := n.local.Address.WithZone("").String()
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: n.local.SessionID, SessionVersion: version,
			NetworkType: "IN", AddressType: kind, UnicastAddress: address,
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: kind, Address: &sdp.Address{Address: address},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	for _, l := range lines {
		media := &sdp.MediaDescription{
			MediaName: sdp.MediaName{
				Media: l.kind, Port: sdp.RangedPort{Value: l.port}, Protos: strings.Split(l.proto, "/"), Formats: l.formats,
			},
			Attributes: l.attributes,
		}
		if l.zero {
			media.ConnectionInformation = &sdp.ConnectionInformation{
				NetworkType: "IN", AddressType: "IP4", Address: &sdp.Address{Address: "0.0.0.0"},
			}
		}
		d.MediaDescriptions = append(d.MediaDescriptions, media)
	}
	text, err := d.Marshal()
	if err != nil {
		return "", fmt.Errorf("write session description: %w", err)
	}
	return string(text), nil
}

// receiver is the address that we say we receive at.
func (n *Negotiation) receiver() netip.AddrPort {
	return netip.AddrPortFrom(n.local.Address, uint16(n.local.Port))
}
