package trace

// Media is the payload of media.started, media.changed and media.stopped.
type Media struct {
	Codec     string         `json:"codec"`              // as in SDP
	Direction MediaDirection `json:"direction"`          // seen from this device
	Local     string         `json:"local"`              // address:port of RTP
	Remote    string         `json:"remote"`             // address:port of RTP
	PtimeUS   Micros         `json:"ptime_us,omitempty"` // audio in one packet
	// Early says, in a media.changed before the answer, why another branch of the call is heard from here on, or none any more.
	Early EarlyReason `json:"early,omitempty"`
	// Sent counts RTP packets so far; the end of a stream says how much of it there was. So does Received.
	Sent     int `json:"sent"`
	Received int `json:"received"` // RTP packets so far
	// Elsewhere counts those of Received that came from another address than Remote was at that time.
	Elsewhere int    `json:"elsewhere,omitempty"`
	Source    string `json:"source,omitempty"` // address:port that the last of Elsewhere came from
}

// EarlyReason says what decided which early dialog of a call is heard (RFC 3960 section 3).
type EarlyReason string

// What decides which early dialog is heard.
const (
	EarlyDescribed  EarlyReason = "described"  // it described media last
	EarlyRTP        EarlyReason = "rtp"        // RTP arrived from it, and none from the one that was heard before
	EarlyLeft       EarlyReason = "left"       // the one that was heard before is over
	EarlyAuthorised EarlyReason = "authorised" // the network lets its media through (P-Early-Media, RFC 5009)
	EarlyBarred     EarlyReason = "barred"     // the network lets the media of the one that was heard through no more
)

// Quality is the payload of media.quality.
type Quality struct {
	Local  QualitySide  `json:"local"`            // what we received
	Remote *QualitySide `json:"remote,omitempty"` // what the other side told us by RTCP
}

// QualitySide is reception quality at one end (RFC 3550 section 6.4, ITU-T G.107). Fields that are not known are left out.
type QualitySide struct {
	Packets   int      `json:"packets"`          // received
	Lost      int      `json:"lost"`             // that never came
	Discarded int      `json:"discarded"`        // that came too late to be played
	JitterUS  Micros   `json:"jitter_us"`        // interarrival jitter (RFC 3550 section 6.4.1)
	RTTUS     *Micros  `json:"rtt_us,omitempty"` // round trip by RTCP
	R         *float64 `json:"r,omitempty"`      // rating factor, 0 to 100
	MOS       *float64 `json:"mos,omitempty"`    // listening quality, 1.0 to 4.5
}

// Silent is the payload of media.silent: no RTP arrived although the direction says it should.
type Silent struct {
	ForUS Micros `json:"for_us"` // how long
}

// DTMF is the payload of dtmf.sent and dtmf.received (RFC 4733, or by INFO).
type DTMF struct {
	Digits     string `json:"digits"`      // 0 to 9, *, # and A to D; masked ones are written as x
	DurationUS Micros `json:"duration_us"` // of the last one; 0 when not known
}

func (Media) payload()   {}
func (Quality) payload() {}
func (Silent) payload()  {}
func (DTMF) payload()    {}
