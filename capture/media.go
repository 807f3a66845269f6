package capture

import (
	"encoding/binary"
	"net/netip"
	"time"

	"sidetone/sipua/offer"
)

// maxSpots bounds the addresses of one call.
const maxSpots = 16

// maxSources bounds the senders that are told apart at one address.
const maxSources = 16

// spot is an address at which a session description wants sound. Packets are noticed that go there, and that come from there: one
// of both is enough where a NAT has changed the other end.
type spot struct {
	rtp      netip.AddrPort
	clock    int
	to, from track
}

// track is the RTP that passes one way.
type track struct {
	sources []*voice
	reports []report // what was said by RTCP, the last of each voice
}

// count is how much there was of something.
type count struct{ to, from int }

// voice is one source of RTP (RFC 3550 section 8).
type voice struct {
	ssrc        uint32
	first, high uint32 // sequence numbers with their cycles
	packets     int
	transit     int64
	jitter      int64 // in 1/16 of a timestamp unit, as in RFC 3550 appendix A.8
}

// report is a reception report block (RFC 3550 section 6.4.1).
type report struct {
	ssrc, high, jitter uint32
	lost               int32
}

// announce notices an address from now on. A port that another call has had goes to the newer one.
func (t *tracker) announce(c *call, a offer.Audio) {
	if !a.RTP.IsValid() || a.Zero || a.RTP.Port() == 0 {
		return
	}
	for _, s := range c.spots {
		if s.rtp == a.RTP {
			t.spots[a.RTP], t.control[a.RTCP] = s, s
			return
		}
	}
	if len(t.spots) >= t.limits.Media || len(c.spots) >= maxSpots {
		t.left[leftMedia]++
		return
	}
	s := &spot{rtp: a.RTP, clock: a.Clock}
	if s.clock <= 0 {
		s.clock = 8000
	}
	c.spots = append(c.spots, s)
	t.spots[a.RTP], t.control[a.RTCP] = s, s
}

// media takes a datagram that is no SIP.
func (t *tracker) media(at time.Time, w way, b []byte) {
	if len(b) < 8 || b[0]>>6 != 2 {
		return
	}
	if b[1] >= 192 && b[1] <= 223 { // RFC 5761 section 4
		for _, known := range []map[netip.AddrPort]*spot{t.control, t.spots} {
			if s := known[w.dst]; s != nil {
				s.to.control(b)
			}
			if s := known[w.src]; s != nil {
				s.from.control(b)
			}
		}
		return
	}
	if len(b) < 12 {
		return
	}
	if s := t.spots[w.dst]; s != nil {
		s.to.packet(at, b, s.clock)
	}
	if s := t.spots[w.src]; s != nil {
		s.from.packet(at, b, s.clock)
	}
}

// packet takes one of RTP. One that was captured twice counts once.
func (k *track) packet(at time.Time, b []byte, clock int) {
	seq, stamp, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	arrived := at.Unix()*int64(clock) + int64(at.Nanosecond())*int64(clock)/1e9
	transit := int64(int32(uint32(arrived) - stamp))
	for _, v := range k.sources {
		if v.ssrc != ssrc {
			continue
		}
		step := int16(seq - uint16(v.high))
		if step == 0 {
			return
		}
		if step > 0 {
			v.high += uint32(step)
		}
		v.packets++
		d := int64(int32(transit - v.transit))
		v.transit = transit
		v.jitter += max(d, -d) - (v.jitter+8)>>4
		return
	}
	if len(k.sources) < maxSources {
		k.sources = append(k.sources, &voice{ssrc: ssrc, first: 1<<16 + uint32(seq), high: 1<<16 + uint32(seq), packets: 1, transit: transit})
	}
}

// packets is how many there were; a track that is nil has none.
func (k *track) packets() int {
	n := 0
	if k == nil {
		return n
	}
	for _, v := range k.sources {
		n += v.packets
	}
	return n
}

// control takes a compound packet of RTCP (RFC 3550 section 6.1).
func (k *track) control(b []byte) {
	for len(b) >= 8 && b[0]>>6 == 2 {
		size := 4 + int(binary.BigEndian.Uint16(b[2:]))*4
		if size > len(b) {
			return
		}
		blocks := 0
		switch b[1] {
		case 200: // SR
			blocks = 28
		case 201: // RR
			blocks = 8
		}
		for n := int(b[0] & 31); blocks > 0 && n > 0 && blocks+24 <= size; n-- {
			k.reported(b[blocks:])
			blocks += 24
		}
		b = b[size:]
	}
}

func (k *track) reported(b []byte) {
	r := report{
		ssrc: binary.BigEndian.Uint32(b), lost: int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8,
		high: binary.BigEndian.Uint32(b[8:]), jitter: binary.BigEndian.Uint32(b[12:]),
	}
	for i := range k.reports {
		if k.reports[i].ssrc == r.ssrc {
			k.reports[i] = r
			return
		}
	}
	if len(k.reports) < maxSources {
		k.reports = append(k.reports, r)
	}
}
