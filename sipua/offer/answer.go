package offer

import (
	"bytes"
	"net/netip"

	"sidetone/trace"
)

// Receive reads an offer of the peer and tells whether it can be met. Answer or Rollback closes it; after an error there
// is nothing to close.
func (n *Negotiation) Receive(body []byte) (Remote, error) {
	if n.state != Stable {
		return Remote{}, &StateError{Step: "offer from the peer", State: n.state}
	}
	streams, err := parse(body)
	if err != nil {
		return Remote{}, err
	}
	chosen, err := n.choose(streams)
	if err != nil {
		return Remote{}, err
	}
	n.state, n.remote, n.chosen, n.body = RemoteOffer, streams, chosen, bytes.Clone(body)
	remote := Remote{Direction: trace.Inactive, ZeroAddress: true, Repeated: n.repeated(body)}
	if chosen >= 0 {
		remote.Direction, remote.ZeroAddress = streams[chosen].direction, streams[chosen].zero()
	}
	return remote, nil
}

// choose finds the stream to take: the first audio that can be met. -1 means that the offer removes the audio that was
// agreed on (RFC 3264 section 8.2), which is its right.
func (n *Negotiation) choose(streams []stream) (int, error) {
	var why error
	removed := false
	for i, s := range streams {
		if s.port == 0 { // RFC 3264 section 5.1: not wanted
			removed = removed || s.kind == "audio"
			continue
		}
		err := s.acceptable()
		if err == nil {
			if _, ok := s.pick(n.local.Codecs, ""); ok {
				return i, nil
			}
			err = notAcceptable(warnMediaFormat, "no codec in common")
		}
		if why == nil || s.kind == "audio" {
			why = err
		}
	}
	switch {
	case why != nil:
		return 0, why
	case removed && n.media.Codec != "":
		return -1, nil
	default:
		return 0, notAcceptable(warnMediaType, "no audio is offered")
	}
}

// Answer writes the answer to the open offer (RFC 3264 section 6): one codec, so that nobody has to guess which is used
// (RFC 6337 section 5.1), the peer's payload types, and port 0 for every stream that is not taken.
func (n *Negotiation) Answer(direction trace.MediaDirection) ([]byte, error) {
	if n.state != RemoteOffer {
		return nil, &StateError{Step: "answer", State: n.state}
	}
	lines := make([]line, len(n.remote))
	for i, s := range n.remote {
		lines[i] = rejected(s)
	}
	media := n.media
	media.Direction, media.Remote = trace.Inactive, netip.AddrPort{}
	audio := n.audio
	if n.chosen >= 0 {
		s := n.remote[n.chosen]
		f, _ := s.pick(n.local.Codecs, n.media.Codec)
		codec := Codec{Name: f.name, PayloadType: f.payloadType, ClockRate: f.clock}
		lines[n.chosen] = n.audioLine([]Codec{codec}, s.events(f.clock), direction)
		media, audio = n.agree(s, f, direction), n.chosen
	}
	body, err := n.describe(lines)
	if err != nil {
		return nil, err
	}
	n.lines, n.audio, n.media = lines, audio, media
	n.state, n.remote = Stable, nil
	n.agreed = agreement{lines: lines, direction: direction, remote: n.body}
	return body, nil
}
