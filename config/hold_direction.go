package config

// HoldDirection is the direction that is offered to hold a call (RFC 3264 section 8.4).
type HoldDirection string

// The directions of hold.
const (
	HoldSendOnly HoldDirection = "sendonly" // the held side may hear music
	HoldInactive HoldDirection = "inactive"
)

func holdDirections() []HoldDirection { return []HoldDirection{HoldSendOnly, HoldInactive} }
