package switchboard

import (
	"math"
	"net/netip"
	"time"

	"sidetone/media"
	"sidetone/sipua"
	"sidetone/trace"
)

// watchMedia writes down what the media session notices. Its functions are called by the pacer.
func (s *Switchboard) watchMedia(c *call) {
	id, leg := c.id, c.leg.number
	c.media.Notify(media.Events{
		DTMF: func(at time.Time, digit byte, d time.Duration) {
			s.record(at, id, leg, trace.DTMFReceived, trace.DTMF{Digits: string(digit), DurationUS: trace.MicrosOf(d)})
		},
		Elsewhere: func(_ time.Time, from netip.AddrPort) { s.queue.post(func() { s.elsewhereInLoop(c, from) }) },
		Silent: func(at time.Time, since time.Duration) {
			s.record(at, id, leg, trace.MediaSilent, trace.Silent{ForUS: trace.MicrosOf(since)})
		},
		Measured: func(at time.Time, stats media.Stats) { s.queue.post(func() { s.measuredInLoop(c, at, stats) }) },
	})
}

// measuredInLoop writes how the sound of a call is doing. The pacer must not wait for the journal, so it happens here.
func (s *Switchboard) measuredInLoop(c *call, at time.Time, stats media.Stats) {
	if c.media != nil && c.current != (sipua.Media{}) {
		s.record(at, c.id, c.leg.number, trace.MediaQuality, quality(stats))
	}
}

// quality says how well each side received the other.
func quality(stats media.Stats) trace.Quality {
	local := trace.QualitySide{
		Packets: stats.Received, Lost: stats.Lost, Discarded: stats.Discarded, JitterUS: trace.MicrosOf(stats.Jitter),
	}
	if stats.RTT > 0 {
		rtt := trace.MicrosOf(stats.RTT)
		local.RTTUS = &rtt
	}
	if stats.Rating != nil {
		rate(&local, *stats.Rating)
	}
	q := trace.Quality{Local: local}
	if r := stats.Remote; r != nil {
		remote := trace.QualitySide{Packets: r.Packets, Lost: r.Lost, JitterUS: trace.MicrosOf(r.Jitter)}
		rate(&remote, r.Rating)
		q.Remote = &remote
	}
	return q
}

// rate fills in the E-model's figures, to the precision that they deserve.
func rate(side *trace.QualitySide, r media.Rating) {
	factor, mos := math.Round(r.R*10)/10, math.Round(r.MOS*100)/100
	side.R, side.MOS = &factor, &mos
}
