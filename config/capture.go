package config

// Capture says how much of a SIP message the trace keeps.
type Capture string

// The levels of capture.
const (
	CaptureFull    Capture = "full"    // the message as it was
	CaptureHeaders Capture = "headers" // without its body
	CaptureNone    Capture = "none"    // what happened, but no message
)

func captures() []Capture { return []Capture{CaptureFull, CaptureHeaders, CaptureNone} }
