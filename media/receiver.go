package media

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// sourceTimeout is how long a source must be silent before packets from another address may take its place.
const sourceTimeout = 500 * time.Millisecond

// tick of the RTP clock, 8 kHz for every codec here.
const tick = time.Second / SampleRate

// receiver is the incoming side: which source is listened to, its figures, the jitter buffer, and DTMF. Its owner locks.
type receiver struct {
	params  Params
	playout playout
	digits  digitReceiver

	elsewhere elsewhere

	source    *reception // nil: nobody was heard
	candidate *reception // on probation, to replace source
	epoch     time.Time  // zero of the arrival clock

	duplicate, unexpected, invalid int
	first, last                    time.Time
	remote                         netip.AddrPort
	strayed                        int            // accepted from elsewhere than the negotiated address
	stray                          netip.AddrPort // where the last of them came from
}

// packet takes one datagram. The header is the reader's scratch space.
func (r *receiver) packet(data []byte, from netip.AddrPort, now time.Time, p *rtp.Packet) {
	if r.playout.codec == nil {
		return // not started: nothing is known about what should come
	}
	if p.Unmarshal(data) != nil || p.Version != 2 {
		r.invalid++
		return
	}
	if r.elsewhere.takes(&r.params, from, now) { // its payload types are others
		r.unexpected++
		return
	}
	if !r.negotiated(p.PayloadType) {
		r.invalid++
		return
	}
	expected := !r.params.Remote.IsValid() || r.params.Remote.Port() == 0 || from == r.params.Remote
	if !expected {
		r.unexpected++
	}
	s := r.admit(p, from, expected, now)
	if s == nil {
		return
	}
	switch s.update(p.SequenceNumber) {
	case rejected:
		r.invalid++
		return
	case duplicate:
		r.duplicate++
		return
	case restarted:
		r.playout.restart()
	case accepted:
	}
	if s == r.candidate {
		r.replace(s)
	}
	s.last, r.last, r.remote, r.elsewhere.alive = now, now, from, now
	if r.first.IsZero() {
		r.first = now
	}
	if !expected && !r.params.Remote.Addr().IsUnspecified() {
		r.strayed, r.stray = r.strayed+1, from
	}
	r.deliver(s, p, now)
}

func (r *receiver) negotiated(payloadType uint8) bool {
	return payloadType == r.params.PayloadType || (r.params.DTMF != 0 && payloadType == r.params.DTMF)
}

// admit finds the state of the packet's source. Who sends from the negotiated address is trusted at once; somebody else must
// prove himself by two packets in a row (RFC 3550 A.1), and must not talk over a source that is alive.
func (r *receiver) admit(p *rtp.Packet, from netip.AddrPort, expected bool, now time.Time) *reception {
	s := r.source
	if s == nil && expected {
		first := newReception(p.SSRC, p.SequenceNumber, from, false)
		r.source = &first
		return r.source
	}
	if s != nil {
		if s.ssrc == p.SSRC && s.from == from {
			return s
		}
		if !expected && now.Sub(s.last) < sourceTimeout {
			return nil
		}
		if s.ssrc == p.SSRC {
			s.from = from
			return s
		}
	}
	if c := r.candidate; c == nil || c.ssrc != p.SSRC || c.from != from {
		probe := newReception(p.SSRC, p.SequenceNumber, from, true)
		r.candidate = &probe
	}
	return r.candidate
}

// replace makes the candidate the source.
func (r *receiver) replace(s *reception) {
	if r.source != nil {
		s.inherit(r.source)
	}
	r.source, r.candidate = s, nil
	r.playout.restart()
}

// deliver hands the payload on.
func (r *receiver) deliver(s *reception, p *rtp.Packet, now time.Time) {
	hears := receives(r.params.Direction)
	if p.PayloadType != r.params.PayloadType {
		if hears {
			r.digits.packet(p.Timestamp, p.Payload, now)
		}
		return
	}
	s.arrival(uint32(now.Sub(r.epoch)/tick), p.Timestamp)
	if hears {
		r.playout.insert(p.Timestamp, p.Payload, now)
	}
}

// update takes on new parameters. What was collected before a pause is not played after it.
func (r *receiver) update(p Params) {
	if receives(p.Direction) && !receives(r.params.Direction) {
		r.playout.restart()
	}
	r.elsewhere.update(&r.params, &p)
	r.params = p
}

func (r *receiver) stats() Stats {
	st := Stats{
		Late: r.playout.late, Discarded: r.playout.late + r.playout.early,
		Duplicate: r.duplicate, Unexpected: r.unexpected, Invalid: r.invalid,
		FirstReceived: r.first, LastReceived: r.last, RemoteSource: r.remote,
		Elsewhere: r.strayed, ElsewhereSource: r.stray,
	}
	if s := r.source; s != nil {
		st.Received, st.Lost = s.totalUnique(), s.totalLost()
		st.Jitter = time.Duration(s.jitter>>4) * tick
	}
	return st
}
