package config

// SRTP says whether audio is encrypted.
type SRTP string

// The uses of SRTP.
const (
	SRTPOff      SRTP = "off"
	SRTPOptional SRTP = "optional" // offered, but calls without it are taken
	SRTPRequired SRTP = "required"
)

func srtps() []SRTP { return []SRTP{SRTPOff, SRTPOptional, SRTPRequired} }
