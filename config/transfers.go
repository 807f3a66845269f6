package config

// Transfers says what becomes of a call that the other side asks to transfer.
type Transfers string

// The answers to a transfer.
const (
	TransfersAllowed Transfers = "allowed" // the phone calls whom it is transferred to, and takes calls that replace one of its own
	TransfersRefused Transfers = "refused" // it does neither
)

func transfers() []Transfers { return []Transfers{TransfersAllowed, TransfersRefused} }
