package media

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"sidetone/media/emodel"
)

// sender is the outgoing stream. Owned by whoever holds Session.pacing. SSRC, sequence numbers and the clock of the timestamp go
// on through every change of codec, direction and address: it is one source (RFC 3550 section 8.2, RFC 3264 section 8.3).
type sender struct {
	codec  codec // nil: cannot send
	digits digitSender

	ssrc      uint32
	seq       uint16 // of the next packet
	timestamp uint32 // of the next slot
	talking   bool   // the slot before was sent: no marker bit now

	pcm    []int16
	event  [4]byte
	packet []byte

	first  uint16 // sequence number of the first packet
	sent   uint32
	octets uint32 // of payload
	errors int
}

// newSender draws the random beginnings that RFC 3550 section 5.1 asks for.
func newSender() sender {
	seq := uint16(rand.Uint32())
	return sender{ssrc: rand.Uint32(), seq: seq, first: seq, timestamp: rand.Uint32()}
}

// slot sends one slot of n samples, or skips it, and moves the clock on.
func (s *sender) slot(c conn, to netip.AddrPort, p *Params, src Source, n int) {
	defer func() { s.timestamp += uint32(n) }()
	if s.codec == nil || !sends(p.Direction) || !to.IsValid() {
		s.talking = false
		return
	}
	if cap(s.pcm) < n {
		s.pcm = make([]int16, n)
	}
	pcm := s.pcm[:n]
	clear(pcm)
	heard := src == nil || src.Frame(pcm)

	header := rtp.Header{Version: 2, PayloadType: p.PayloadType, SequenceNumber: s.seq, Timestamp: s.timestamp, SSRC: s.ssrc}
	if p.DTMF == 0 {
		heard = s.digits.mix(pcm) || heard
	} else if event, at, first, ok := s.digits.slot(s.timestamp, n); ok {
		header.PayloadType, header.Timestamp, header.Marker = p.DTMF, at, first
		s.event = event
		s.send(c, to, header, s.event[:])
		return
	}
	if !heard {
		s.talking = false
		return
	}
	header.Marker = !s.talking // first of a talkspurt (RFC 3551 section 4.1)
	s.talking = true
	s.send(c, to, header, nil)
}

// send writes a packet with the payload, or with the coded slot when there is none.
func (s *sender) send(c conn, to netip.AddrPort, header rtp.Header, payload []byte) {
	if s.packet == nil {
		s.packet = make([]byte, rtpHeaderSize, rtpHeaderSize+len(s.pcm))
	}
	if _, err := header.MarshalTo(s.packet[:rtpHeaderSize]); err != nil {
		s.errors++
		return
	}
	if payload != nil {
		s.packet = append(s.packet[:rtpHeaderSize], payload...)
	} else {
		s.packet = s.codec.encode(s.packet[:rtpHeaderSize], s.pcm)
	}
	s.seq++
	s.sent++
	s.octets += uint32(len(s.packet) - rtpHeaderSize)
	if err := c.write(s.packet, to); err != nil {
		s.errors++
	}
}

// skip gives up slots that nobody can make up for any more.
func (s *sender) skip(samples uint32) {
	s.timestamp += samples
	s.talking = false
}

const rtpHeaderSize = 12 // without contributing sources and extensions

// impairment is that of the codec in use, for rating what the other side reports.
func impairment(c codec) emodel.Codec {
	if c == nil {
		return emodel.G711
	}
	return c.impairment()
}

// delayBase is what a frame waits at both ends beside the network: one packet time and the jitter buffer.
func delayBase(ptime time.Duration) time.Duration { return ptime + startDelay*time.Second/SampleRate }
