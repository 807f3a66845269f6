package offer

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"

	"sidetone/trace"
)

// format is one payload type of an m= line with what rtpmap says of it.
type format struct {
	payloadType uint8
	name        string
	clock       int
}

// stream is one m= line as the peer wrote it.
type stream struct {
	kind      string
	proto     string
	port      int
	formats   []string // as written, to repeat them where the stream is rejected (RFC 3264 section 6)
	audio     []format
	address   netip.Addr
	addressOf error // why there is no usable address
	direction trace.MediaDirection
	ptime     time.Duration
	maxptime  time.Duration
}

// parse reads a description and returns its streams in order.
func parse(body []byte) ([]stream, error) {
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return nil, fmt.Errorf("read session description: %w", err)
	}
	streams := make([]stream, 0, len(d.MediaDescriptions))
	for _, m := range d.MediaDescriptions {
		s := stream{
			kind: m.MediaName.Media, proto: strings.Join(m.MediaName.Protos, "/"),
			port: m.MediaName.Port.Value, formats: m.MediaName.Formats,
			direction: directionOf(d.Attributes, trace.SendRecv),
		}
		s.direction = directionOf(m.Attributes, s.direction)
		s.address, s.addressOf = addressOf(m.ConnectionInformation, d.ConnectionInformation)
		s.ptime, s.maxptime = milliseconds(m, "ptime"), milliseconds(m, "maxptime")
		s.audio = formatsOf(m)
		streams = append(streams, s)
	}
	return streams, nil
}

// DirectionOf is the direction of the first audio stream of a description, "" when there is none.
func DirectionOf(body []byte) trace.MediaDirection {
	streams, err := parse(body)
	if err != nil {
		return ""
	}
	for _, s := range streams {
		if s.kind == "audio" {
			return s.direction
		}
	}
	return ""
}

func directionOf(attributes []sdp.Attribute, otherwise trace.MediaDirection) trace.MediaDirection {
	for _, a := range attributes {
		switch d := trace.MediaDirection(a.Key); d {
		case trace.SendRecv, trace.SendOnly, trace.RecvOnly, trace.Inactive:
			return d
		}
	}
	return otherwise
}

// addressOf reads c= of the stream, else of the session (RFC 4566 section 5.7). The address is unspecified for the hold
// of RFC 2543.
func addressOf(media, session *sdp.ConnectionInformation) (netip.Addr, error) {
	c := media
	if c == nil {
		c = session
	}
	if c == nil || c.Address == nil {
		return netip.Addr{}, notAcceptable(warnMiscellaneous, "no connection address")
	}
	host, _, _ := strings.Cut(c.Address.Address, "/")
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return netip.Addr{}, notAcceptable(warnNetworkAddress, "connection address %q is not an IP address", host)
	case addr.IsMulticast():
		return netip.Addr{}, notAcceptable(warnMulticast, "multicast is not available")
	}
	return addr.Unmap().WithZone(""), nil
}

func milliseconds(m *sdp.MediaDescription, key string) time.Duration {
	v, ok := m.Attribute(key)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 0 || n > 1000 {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// formatsOf lists what the m= line offers, in its order, with the static types of RFC 3551 where rtpmap is silent.
func formatsOf(m *sdp.MediaDescription) []format {
	named := map[string]format{}
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		pt, encoding, ok := strings.Cut(strings.TrimSpace(a.Value), " ")
		if !ok {
			continue
		}
		parts := strings.Split(strings.TrimSpace(encoding), "/")
		if len(parts) < 2 {
			continue
		}
		clock, err := strconv.Atoi(parts[1])
		if err != nil || len(parts) > 2 && parts[2] != "1" {
			continue
		}
		named[pt] = format{name: parts[0], clock: clock}
	}
	var all []format
	for _, f := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil {
			continue
		}
		known, ok := named[f]
		if !ok {
			for _, c := range []Codec{PCMU, PCMA, G722} {
				if uint64(c.PayloadType) == pt {
					known, ok = format{name: c.Name, clock: c.ClockRate}, true
				}
			}
		}
		if ok {
			known.payloadType = uint8(pt)
			all = append(all, known)
		}
	}
	return all
}

// acceptable tells whether the stream can be the audio of the call.
func (s stream) acceptable() error {
	switch {
	case s.kind != "audio":
		return notAcceptable(warnMediaType, "media type %q is not available", s.kind)
	case s.proto != "RTP/AVP":
		return notAcceptable(warnTransport, "transport %q is not available", s.proto)
	case s.addressOf != nil:
		return s.addressOf
	case s.port < 0 || s.port > 65535:
		return notAcceptable(warnMiscellaneous, "port %d is out of range", s.port)
	}
	return nil
}

// target is where to send, and whether the peer gave the zero address.
func (s stream) target() (remote netip.AddrPort, zero bool) {
	if s.address.IsUnspecified() || s.port == 0 {
		return netip.AddrPort{}, true
	}
	return netip.AddrPortFrom(s.address, uint16(s.port)), false
}

// pick finds the first format of the peer that is ours as well, prefer first where it is still there. The peer's
// order rules (RFC 3264 section 6.1); keeping the codec in use spares the listener a change in the middle of a call.
func (s stream) pick(ours []Codec, prefer string) (format, bool) {
	var first *format
	for i, f := range s.audio {
		for _, c := range ours {
			if !strings.EqualFold(c.Name, f.name) || c.ClockRate != f.clock {
				continue
			}
			s.audio[i].name = c.Name
			if c.Name == prefer {
				return s.audio[i], true
			}
			if first == nil {
				first = &s.audio[i]
			}
		}
	}
	if first == nil {
		return format{}, false
	}
	return *first, true
}

// events is the payload type of telephone-event at the clock (RFC 4733 section 2.4), 0 when the peer takes none.
func (s stream) events(clock int) uint8 {
	for _, f := range s.audio {
		if strings.EqualFold(f.name, "telephone-event") && f.clock == clock {
			return f.payloadType
		}
	}
	return 0
}

// packetTime is what the peer asks for where it can be met, else ours.
func (s stream) packetTime(ours time.Duration) time.Duration {
	p := ours
	if s.ptime >= 10*time.Millisecond && s.ptime <= 60*time.Millisecond && s.ptime%(10*time.Millisecond) == 0 {
		p = s.ptime
	}
	if s.maxptime >= 10*time.Millisecond && p > s.maxptime {
		p = s.maxptime.Truncate(10 * time.Millisecond)
	}
	return p
}
