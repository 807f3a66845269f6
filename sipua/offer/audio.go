package offer

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
)

// Audio is what a description says of its first audio stream. Two that are equal say the same.
type Audio struct {
	Direction trace.MediaDirection
	RTP, RTCP netip.AddrPort // where its writer wants packets; the zero ones where there is no such address
	Zero      bool           // c=0.0.0.0, the hold of RFC 2543
	Refused   bool           // port 0
	Codec     string         // the first one that carries speech; "" when it has no known name
	Clock     int            // of that, Hz
	Ptime     time.Duration  // 0 when it is not said
}

// ReadAudio reads a description, or the part of a multipart body that is one. It reports whether there is an audio stream.
func ReadAudio(body []byte) (Audio, bool) {
	if !bytes.HasPrefix(body, []byte("v=0")) {
		_, rest, found := bytes.Cut(body, []byte("\r\nv=0\r\n"))
		if !found {
			return Audio{}, false
		}
		if end := bytes.Index(rest, []byte("\r\n--")); end >= 0 {
			rest = rest[:end+2]
		}
		body = append([]byte("v=0\r\n"), rest...)
	}
	streams, err := parse(body)
	if err != nil {
		return Audio{}, false
	}
	for _, s := range streams {
		if s.kind == "audio" {
			a := s.summary()
			a.Codec, a.Clock = speech(string(body), s.formats)
			return a, true
		}
	}
	return Audio{}, false
}

func (s stream) summary() Audio {
	a := Audio{Direction: s.direction, Refused: s.port == 0, Ptime: s.ptime}
	if s.addressOf == nil && s.port > 0 && s.port < 65535 {
		a.Zero = s.address.IsUnspecified()
		a.RTP = netip.AddrPortFrom(s.address, uint16(s.port))
		a.RTCP = netip.AddrPortFrom(s.address, uint16(s.port+1)) // RFC 3550 section 11
	}
	return a
}

// static are the payload types without rtpmap that carry speech (RFC 3551 section 6).
const static = "0 PCMU/8000\n3 GSM/8000\n4 G723/8000\n8 PCMA/8000\n9 G722/8000\n15 G728/8000\n18 G729/8000\n"

// speech finds the first codec of an audio stream that carries speech, whether this agent has it or not.
func speech(body string, formats []string) (codec string, clock int) {
	_, section, _ := strings.Cut(body, "\nm=audio")
	section, _, _ = strings.Cut(section, "\nm=")
	for _, f := range formats {
		_, rest, found := strings.Cut(section, "\na=rtpmap:"+f+" ")
		if !found {
			_, rest, found = strings.Cut("\n"+static, "\n"+f+" ")
		}
		line, _, _ := strings.Cut(rest, "\n")
		parts := strings.Split(strings.TrimSpace(line), "/")
		if !found || len(parts) < 2 || strings.EqualFold(parts[0], "telephone-event") || strings.EqualFold(parts[0], "CN") {
			continue
		}
		clock, _ = strconv.Atoi(parts[1]) // 0 is none
		return parts[0], clock
	}
	return "", 0
}
