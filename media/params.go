package media

import (
	"net/netip"
	"slices"
	"time"

	"sidetone/trace"
)

// Params say what a session does, as negotiated by offer and answer.
type Params struct {
	// Remote is where RTP is sent; RTCP goes to the next higher port. Zero or unspecified: nothing is sent.
	Remote netip.AddrPort
	// Codec is the encoding name as in SDP: "PCMU", "PCMA" or "G722", in any case. With another name the session neither
	// sends nor plays.
	Codec       string
	PayloadType uint8
	// DTMF is the payload type of telephone-event (RFC 4733). Zero: not negotiated, digits are sent as tones in the sound.
	DTMF uint8
	// Ptime is the time of sound in a packet that is sent: 10 to 60 ms in steps of 10 ms. Zero or another value means the
	// engine's. What is received may have any length.
	Ptime     time.Duration
	Direction trace.MediaDirection
	// Others are where RTP of other early dialogs comes from, and Barred where it comes from that nobody may hear. Neither is
	// played; of the first, Events.Elsewhere tells.
	Others, Barred []netip.AddrPort
}

// unmapped writes IPv4 addresses as the sockets do.
func (p Params) unmapped() Params {
	plain := func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
	p.Remote, p.Others, p.Barred = plain(p.Remote), slices.Clone(p.Others), slices.Clone(p.Barred)
	for _, list := range [...][]netip.AddrPort{p.Others, p.Barred} {
		for i, a := range list {
			list[i] = plain(a)
		}
	}
	return p
}

func sends(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.SendOnly }

func receives(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.RecvOnly }
