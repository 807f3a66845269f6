package offer

import (
	"strings"
	"time"
)

// Codec is an audio format that can be offered and accepted.
type Codec struct {
	Name        string // encoding name as in SDP: "PCMU", "PCMA", "G722"
	PayloadType uint8  // RFC 3551 table 4 for static types
	ClockRate   int    // Hz of the RTP timestamp
}

// The codecs with a static payload type that the agent knows (RFC 3551 section 6). G722 has an RTP clock of 8000 Hz
// although it samples at 16000 Hz: section 4.5.2 keeps an old mistake for compatibility.
var (
	PCMU = Codec{Name: "PCMU", PayloadType: 0, ClockRate: 8000}
	PCMA = Codec{Name: "PCMA", PayloadType: 8, ClockRate: 8000}
	G722 = Codec{Name: "G722", PayloadType: 9, ClockRate: 8000}
)

// CodecNamed finds a known codec by its encoding name, in any case (RFC 4566 section 6, rtpmap).
func CodecNamed(name string) (Codec, bool) {
	for _, c := range []Codec{PCMU, PCMA, G722} {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Codec{}, false
}

// DefaultPtime is the packet time where nobody asks for another (RFC 3551 section 4.2).
const DefaultPtime = 20 * time.Millisecond

// eventPayloadType is our payload type for telephone-event (RFC 4733); any dynamic number would do, 101 is what most use.
const eventPayloadType = 101
