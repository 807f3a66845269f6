package media

import (
	"net/netip"
	"time"

	"sidetone/media/emodel"
)

// Stats are the counters of a session from Open on. Packets are RTP packets.
type Stats struct {
	_          [0]func() // not to be compared, so no code is made for it
	Sent       int
	SendErrors int // packets that the network stack refused

	Received  int // valid packets of the peer's streams, without duplicates
	Lost      int // packets that the peer sent, by its sequence numbers, and that never arrived
	Discarded int // arrived but not played: too late, or too early for the jitter buffer (RFC 3611 section 4.7.1)
	Late      int // of Discarded, those that were too late
	Duplicate int // copies of packets that had arrived
	// Elsewhere counts those of Received that came from another address than the one that was negotiated at that time.
	Elsewhere int
	// Unexpected counts packets from another address than the negotiated one.
	Unexpected int
	// Invalid counts datagrams that are no RTP, have a payload type that was not negotiated, or fail RFC 3550 A.1.
	Invalid int

	Jitter time.Duration // interarrival jitter, RFC 3550 A.8
	RTT    time.Duration // last round trip measured by RTCP; zero when unknown

	FirstReceived time.Time      // zero when nothing was received
	LastReceived  time.Time      // zero when nothing was received
	RemoteSource  netip.AddrPort // where the last valid packet came from

	ElsewhereSource netip.AddrPort // where the last of Elsewhere came from

	// Rating is the quality of what was received, nil when nothing was.
	Rating *Rating
	// Remote is what the peer last told about what it received, nil when it told nothing.
	Remote *Report
}

// Report is reception at the other end, from its RTCP reports.
type Report struct {
	At      time.Time // when it was received
	Packets int       // that arrived there
	Lost    int       // since the beginning
	Jitter  time.Duration
	Rating  Rating
}

// Rating is the quality of a stream by the E-model (ITU-T G.107); package emodel says what it is computed from.
type Rating struct {
	R   float64 // rating factor of the conversation, 0 to 100, with delay when the round trip is known
	MOS float64 // listening quality (MOS-LQ, without delay), 1.0 to 4.5
}

func rate(codec emodel.Codec, missing, expected int, delay time.Duration) *Rating {
	p := emodel.Path{Codec: codec, Loss: float64(missing) / float64(max(1, expected)), Delay: delay}
	return &Rating{R: p.R(), MOS: p.ListeningMOS()}
}
