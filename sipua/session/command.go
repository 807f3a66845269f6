package session

import "sidetone/trace"

// Release says who hangs up and why; it travels in a Reason header (RFC 3326).
type Release struct {
	Side trace.Side // Local or Timer; zero means Local
	Q850 int        // ITU-T Q.850 cause, 0 for none
	Text string
}

// The commands of the user. Progress, Ring, Answer and Reject belong to a callee that has not answered yet.
type (
	// Dial starts the call of a caller.
	Dial struct{}
	// Progress sends 183, with a session description where the INVITE brought an offer.
	Progress struct{}
	// Ring sends 180.
	Ring struct{}
	// Answer sends 200.
	Answer struct{}
	// Reject sends a final response of 300 to 699. An empty Reason takes the RFC's phrase.
	Reject struct {
		Status int
		Reason string
	}
	// Hold and Resume change the hold of this side once the call is answered.
	Hold   struct{}
	Resume struct{}
	// Hangup ends the call: CANCEL, BYE or a final response, whichever the state demands.
	Hangup struct{ Release Release }
)

func (Dial) event()     {}
func (Progress) event() {}
func (Ring) event()     {}
func (Answer) event()   {}
func (Reject) event()   {}
func (Hold) event()     {}
func (Resume) event()   {}
func (Hangup) event()   {}
