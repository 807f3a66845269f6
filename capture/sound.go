package capture

import (
	"net/netip"
	"time"

	"sidetone/sipua/offer"
	"sidetone/trace"
)

// sound is the audio of a call as its end has it.
type sound struct {
	_         [0]func()   // not to be compared, so no code is made for it
	now, told trace.Media // what was agreed on, and what was last told of it
	early     offer.Audio // the answer of the called side in a provisional response
	ours      netip.AddrPort
	theirs    netip.AddrPort
	spoke     bool // this side was to send, in the conversation
}

// see takes a pair of descriptions. The codec is the first one of the answer (RFC 3264 section 6.1).
func (t *teller) see(offered, answer offer.Audio, by trace.Side) {
	ours, theirs := offered, answer
	if by == trace.Remote {
		ours, theirs = answer, offered
	}
	s := &t.sound
	s.early, s.ours, s.theirs = answer, ours.RTP, theirs.RTP
	s.now = trace.Media{Codec: field(answer.Codec), Direction: effective(ours, theirs), PtimeUS: trace.MicrosOf(theirs.Ptime)}
	if ours.RTP.IsValid() {
		s.now.Local = ours.RTP.String()
	}
	if theirs.RTP.IsValid() && !theirs.Zero {
		s.now.Remote = theirs.RTP.String()
	}
}

// hear tells what has changed about the sound.
func (t *teller) hear(m *overheard) {
	s := &t.sound
	s.spoke = s.spoke || t.stage == up && sends(s.now.Direction)
	if s.now == s.told || s.now.Codec == "" || t.stage == over {
		return
	}
	kind := trace.MediaChanged
	if s.told.Codec == "" {
		kind = trace.MediaStarted
	}
	s.told = s.now
	now := s.now
	now.Sent, now.Received = t.passed(m)
	t.record(m.at, kind, now)
}

// passed is how many packets had gone either way when a message was seen. Of what the two descriptions tell, the larger number
// counts: where a NAT changes addresses one of them sees nothing.
func (t *teller) passed(m *overheard) (sent, received int) {
	for i, s := range t.call.spots {
		if i >= len(m.heard) {
			break
		}
		if t.own(s) {
			received, sent = max(received, m.heard[i].to), max(sent, m.heard[i].from)
		}
		if s.rtp == t.sound.theirs {
			sent, received = max(sent, m.heard[i].to), max(received, m.heard[i].from)
		}
	}
	return sent, received
}

func (t *teller) own(s *spot) bool { return s.rtp == t.sound.ours }

// silence tells what there was of the sound when the call ends. A capture in which no packet of it is says nothing: it may have
// gone another way, or was not captured.
func (t *teller) silence(at time.Time) {
	s := &t.sound
	if s.told.Codec == "" {
		return
	}
	var in, out *track
	for _, p := range t.call.spots {
		if t.own(p) {
			in, out = busier(in, &p.to), busier(out, &p.from)
		}
		if p.rtp == s.theirs {
			out, in = busier(out, &p.to), busier(in, &p.from)
		}
	}
	if in.packets() == 0 && out.packets() == 0 {
		return
	}
	q := trace.Quality{Local: in.quality(t.clockOf())}
	q.Remote = out.reportedQuality(t.call.spots, t.clockOf())
	if q.Remote == nil && s.spoke && out.packets() == 0 {
		q.Remote = &trace.QualitySide{} // nothing passed that could have arrived there
	}
	t.record(at, trace.MediaQuality, q)
	end := s.told
	end.Sent, end.Received = out.packets(), in.packets()
	t.record(at, trace.MediaStopped, end)
}

func (t *teller) clockOf() int {
	if c := t.standing.their.Clock; c > 0 {
		return c
	}
	return 8000
}

// busier is the track that has seen more; the other one may be nil.
func busier(a, b *track) *track {
	if a == nil || b.packets() > a.packets() {
		return b
	}
	return a
}

// quality is what arrived, as far as the place of the capture tells.
func (k *track) quality(clock int) trace.QualitySide {
	q := trace.QualitySide{}
	if k == nil {
		return q
	}
	for _, v := range k.sources {
		q.Packets += v.packets
		q.Lost += max(int(v.high-v.first)+1-v.packets, 0)
		q.JitterUS = max(q.JitterUS, trace.Micros(v.jitter>>4*1e6/int64(clock)))
	}
	return q
}

// reportedQuality is what the other end said by RTCP of what it received of this track (RFC 3550 section 6.4.1); nil when it said
// nothing.
func (k *track) reportedQuality(spots []*spot, clock int) *trace.QualitySide {
	if k == nil {
		return nil
	}
	for _, v := range k.sources {
		for _, s := range spots {
			for _, reports := range [][]report{s.to.reports, s.from.reports} {
				for _, r := range reports {
					// Its high number counts cycles from the first; ours from 1.
					expected := int(int16(uint16(r.high)-uint16(v.high))) + int(v.high-v.first) + 1
					if r.ssrc != v.ssrc || expected <= 0 {
						continue
					}
					lost := min(max(int(r.lost), 0), expected)
					return &trace.QualitySide{Packets: expected - lost, Lost: lost, JitterUS: trace.Micros(int64(r.jitter) * 1e6 / int64(clock))}
				}
			}
		}
	}
	return nil
}
