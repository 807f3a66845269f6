package media

import (
	"net/netip"
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
}

func sends(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.SendOnly }

func receives(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.RecvOnly }
