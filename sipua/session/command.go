package session

import "sidetone/trace"

// Release says who hangs up and why; it travels in a Reason header (RFC 3326).
type Release struct {
	Side trace.Side // Local or Timer
	Q850 int        // ITU-T Q.850 cause, 0 for none
	Text string
}
