package switchboard

import (
	"net/netip"
	"time"

	"sidetone/media"
	"sidetone/sipua"
	"sidetone/trace"
)

// earlyMediaInLoop lets media flow before the answer: the caller hears the network, the called phone plays toward the caller
// what is configured (RFC 3960 section 3).
func (s *Switchboard) earlyMediaInLoop(c *call, at time.Time, m sipua.Media, why trace.EarlyReason) {
	if c.media == nil || c.state == StateEnding {
		return
	}
	if c.leg.info.Direction == trace.In {
		c.media.Play(s.toCaller())
	} else {
		c.media.Listen(s.opts.Handset.Earpiece())
	}
	s.mediaInLoop(c, at, m, why)
}

// ringbackInLoop lets the caller hear the called phone ring. The tone is made here and gives way to early media as long as
// some arrives; a 180 does not end that (RFC 3960 section 3.1, RFC 3261 section 13.2.2.1).
func (s *Switchboard) ringbackInLoop(c *call) {
	if c.ringing || c.media == nil || s.opts.Ringback == nil || c.leg.info.Direction != trace.Out || s.inHand != c {
		return
	}
	c.ringing = true
	if c.current == (sipua.Media{}) {
		c.media.Listen(s.opts.Handset.Earpiece())
	}
	c.media.Meanwhile(s.opts.Ringback())
}

// mediaInLoop makes the media session follow the negotiated session, and says so in the trace when it differs. Without a
// codec nothing is negotiated yet: the answer to our offer comes with the ACK.
func (s *Switchboard) mediaInLoop(c *call, at time.Time, m sipua.Media, why trace.EarlyReason) {
	if c.media == nil || c.state == StateEnding || m.Codec == "" {
		return
	}
	kind := trace.MediaChanged
	if c.current == (sipua.Media{}) {
		kind = trace.MediaStarted
	}
	if c.current == m {
		return
	}
	c.current = m
	s.updateMediaInLoop(c)
	now := c.describeMedia(c.media.Stats())
	if kind == trace.MediaChanged {
		now.Early = why
	}
	s.record(at, c.id, c.leg.number, kind, now)
}

// updateMediaInLoop has the media session do what is negotiated.
func (s *Switchboard) updateMediaInLoop(c *call) {
	m := c.current
	c.media.Update(media.Params{
		Remote: m.Remote, Codec: m.Codec, PayloadType: m.PayloadType, DTMF: m.DTMF, Ptime: m.Ptime, Direction: m.Direction,
		Others: c.branched.Others, Barred: c.branched.Barred,
	})
}

// branchedInLoop has the media session notice the RTP of the early dialogs that are not heard.
func (s *Switchboard) branchedInLoop(c *call, b sipua.Branched) {
	c.branched = b
	if c.media != nil && c.current != (sipua.Media{}) {
		s.updateMediaInLoop(c)
	}
}

// elsewhereInLoop takes up the early dialog that RTP comes from, while none comes from the one that is heard.
func (s *Switchboard) elsewhereInLoop(c *call, from netip.AddrPort) {
	if c.leg.sip != nil {
		_ = c.leg.sip.Hear(from) // a call that is over needs to hear nobody
	}
}

// closeMediaInLoop ends the call's RTP and writes what there was of it.
func (s *Switchboard) closeMediaInLoop(c *call, at time.Time) {
	if c.media == nil {
		return
	}
	stats := c.media.Close()
	c.media = nil
	if c.current == (sipua.Media{}) {
		return
	}
	s.record(at, c.id, c.leg.number, trace.MediaQuality, quality(stats))
	s.record(at, c.id, c.leg.number, trace.MediaStopped, c.describeMedia(stats))
}

func (c *call) describeMedia(stats media.Stats) trace.Media {
	m := c.current
	source := ""
	if stats.Elsewhere > 0 {
		source = stats.ElsewhereSource.String()
	}
	return trace.Media{
		Elsewhere: stats.Elsewhere, Source: source,
		Codec: m.Codec, Direction: m.Direction, Local: m.Local.String(), Remote: m.Remote.String(), PtimeUS: trace.MicrosOf(m.Ptime),
		Sent: stats.Sent, Received: stats.Received,
	}
}
