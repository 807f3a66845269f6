package offer

import (
	"bytes"
	"net/netip"
	"time"

	"sidetone/hold"
	"sidetone/trace"
)

// Local is what this side brings to a call.
type Local struct {
	Address   netip.Addr // where RTP is received; also the address of o=
	Port      int
	Codecs    []Codec // best first; none means PCMA and PCMU
	Ptime     time.Duration
	SessionID uint64 // of o=, any number that is new for every call (RFC 4566 section 5.2)
	// ZeroHold offers the address 0.0.0.0 where nothing is to be received, for peers that know no other hold (RFC 2543
	// section B.5, RFC 3264 section 8.4). Over IPv6 there was never such a hold.
	ZeroHold bool
}

// Remote is what the peer's description says to the hold machine, in the peer's words.
type Remote struct {
	Direction   trace.MediaDirection
	ZeroAddress bool
	Repeated    bool // byte by byte what it last said: a refresh, no news (RFC 4028 section 7.4)
}

// Negotiation is the offer/answer state of one call.
type Negotiation struct {
	local   Local
	state   State
	version uint64
	written string // the last description without its version

	lines   []line   // our m= lines as of the last exchange; their number never shrinks (RFC 3264 section 8)
	audio   int      // which of them is the audio
	remote  []stream // the open offer of the peer
	body    []byte   // likewise, as it came
	open    []line   // our open offer
	chosen  int      // its stream that is taken, -1 when it removes the audio
	offered trace.MediaDirection
	media   Media
	agreed  agreement
}

// New starts a negotiation in which nothing is agreed yet.
func New(local Local) *Negotiation {
	if len(local.Codecs) == 0 {
		local.Codecs = []Codec{PCMA, PCMU}
	}
	if local.Ptime == 0 {
		local.Ptime = DefaultPtime
	}
	return &Negotiation{local: local, media: Media{Direction: trace.Inactive}}
}

// Clone is a second negotiation that goes on from here: an INVITE whose offer forks has an answer for each branch (RFC 3261
// section 13.2.2.4).
func (n *Negotiation) Clone() *Negotiation {
	c := *n
	return &c
}

// State tells whether an offer is open, and whose.
func (n *Negotiation) State() State { return n.state }

// Media is what was agreed last. Its Codec is empty before the first agreement.
func (n *Negotiation) Media() Media {
	m := n.media
	m.Local = n.receiver()
	return m
}

// Rollback forgets an open offer: it was refused, and everything stays as it was.
func (n *Negotiation) Rollback() { n.state, n.remote = Stable, nil }

// Offer writes an offer with the direction (RFC 3264 sections 5 and 8). Answered or Rollback closes it.
func (n *Negotiation) Offer(direction trace.MediaDirection) ([]byte, error) {
	if n.state != Stable {
		return nil, &StateError{Step: "offer", State: n.state}
	}
	audio := n.audioLine(n.local.Codecs, eventPayloadType, direction)
	audio.zero = n.local.ZeroHold && n.local.Address.Is4() && (direction == trace.SendOnly || direction == trace.Inactive)
	return n.offer(n.withAudio(audio), direction)
}

func (n *Negotiation) offer(lines []line, direction trace.MediaDirection) ([]byte, error) {
	body, err := n.describe(lines)
	if err != nil {
		return nil, err
	}
	n.state, n.open, n.offered = LocalOffer, lines, direction
	return body, nil
}

// withAudio is our list of m= lines with the audio in its place and everything else rejected.
func (n *Negotiation) withAudio(audio line) []line {
	if len(n.lines) == 0 {
		return []line{audio}
	}
	lines := append([]line(nil), n.lines...)
	lines[n.audio] = audio
	return lines
}

// Preview reads an answer that may still be followed by another, as in an unreliable 183 (RFC 3261 section 13.2.1).
// The offer stays open.
func (n *Negotiation) Preview(body []byte) (Media, error) {
	m, _, err := n.readAnswer(body)
	return m, err
}

// Answered closes our offer with the peer's answer. After an error the offer is still open.
func (n *Negotiation) Answered(body []byte) (Remote, error) {
	m, remote, err := n.readAnswer(body)
	if err != nil {
		return Remote{}, err
	}
	remote.Repeated = n.repeated(body)
	n.media, n.state = m, Stable
	n.agreed = agreement{lines: n.open, direction: n.offered, remote: bytes.Clone(body)}
	if len(n.lines) == 0 {
		n.lines = []line{{}}
	}
	return remote, nil
}

func (n *Negotiation) readAnswer(body []byte) (Media, Remote, error) {
	if n.state != LocalOffer {
		return Media{}, Remote{}, &StateError{Step: "answer from the peer", State: n.state}
	}
	streams, err := parse(body)
	if err != nil {
		return Media{}, Remote{}, err
	}
	if n.audio >= len(streams) {
		return Media{}, Remote{}, notAcceptable(warnMiscellaneous, "the answer has no stream for our audio")
	}
	s := streams[n.audio]
	if s.port == 0 { // RFC 3264 section 6: the stream is rejected
		if n.media.Codec == "" {
			return Media{}, Remote{}, notAcceptable(warnMediaFormat, "the answer rejects our audio")
		}
		m := n.media
		m.Direction, m.Remote = trace.Inactive, netip.AddrPort{}
		return m, Remote{Direction: trace.Inactive, ZeroAddress: true}, nil
	}
	if err := s.acceptable(); err != nil {
		return Media{}, Remote{}, err
	}
	f, ok := s.pick(n.local.Codecs, "")
	if !ok {
		return Media{}, Remote{}, notAcceptable(warnMediaFormat, "the answer names no codec that was offered")
	}
	return n.agree(s, f, n.offered), Remote{Direction: s.direction, ZeroAddress: s.zero()}, nil
}

func (s stream) zero() bool { _, zero := s.target(); return zero }

// agree is the media that follows from our direction and the peer's stream.
func (n *Negotiation) agree(s stream, f format, ours trace.MediaDirection) Media {
	remote, zero := s.target()
	return Media{
		Codec: f.name, PayloadType: f.payloadType, DTMF: s.events(f.clock), Ptime: s.packetTime(n.local.Ptime),
		Direction: hold.Effective(ours, s.direction, zero), Remote: remote, Local: n.receiver(),
	}
}
