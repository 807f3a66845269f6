package trace

// Entered is the payload of flow.entered: a call flow took the call.
type Entered struct {
	Flow  string `json:"flow"`  // its name
	Block string `json:"block"` // where it began
}

// Schedule is the payload of flow.schedule: time-of-day routing chose a branch.
type Schedule struct {
	Schedule string `json:"schedule"` // its name
	Branch   string `json:"branch"`   // "open", "closed", or the name of a holiday
}

// Menu is the payload of flow.menu: an attendant menu began.
type Menu struct {
	Menu   string `json:"menu"`   // its name
	Prompt string `json:"prompt"` // what is played
}

// Choice is the payload of flow.choice: what the caller chose in a menu.
type Choice struct {
	Menu   string `json:"menu"`   // its name
	Key    string `json:"key"`    // "" when the time ran out
	Target string `json:"target"` // where it leads
}

// Ring is the payload of flow.ring: the seats that are rung together.
type Ring struct {
	Seats []string `json:"seats"` // handset, port, registered phone, or number outside
}

// Deflected is the reason of a flow.forward that somebody asked for while the call rang.
const Deflected = "deflected"

// Forward is the payload of flow.forward.
type Forward struct {
	To     Party  `json:"to"`     // where the call goes
	Reason string `json:"reason"` // "always", "busy", "no-answer", "unavailable", "choice", Deflected; "" where By is another device
	// By is who sent the call on to To: the target that it left, where the caller's device follows a redirection (RFC 3261
	// section 8.1.3.4), or this device's user, who deflected it; nil where the call flow forwards.
	By     *Party `json:"by,omitempty"`
	Status int    `json:"status,omitempty"` // what By answered, 0 for nothing
}

// Response is the payload of flow.response: a Response block answered the call.
type Response struct {
	Status  int    `json:"status"`  // SIP status
	Message string `json:"message"` // its phrase
	Media   string `json:"media"`   // what is played, may be empty
}

// Blocked is the payload of route.blocked: a number outside the allowed directions, refused on the device. The status
// is 9xx and never travels.
type Blocked struct {
	Number string `json:"number"` // as dialled
	Status int    `json:"status"` // 9xx
}

// Transfer is the payload of the transfer.* kinds.
type Transfer struct {
	By     Side  `json:"by"`               // who asked for it
	To     Party `json:"to"`               // the other party from then on
	Status int   `json:"status,omitempty"` // as reported by NOTIFY (RFC 3515 section 2.4.5)
	// Reason is the phrase of the status, or says why there is none.
	Reason string `json:"reason,omitempty"`
	// Call is the id on this device of the call that takes the place of this one.
	Call string `json:"call,omitempty"`
}

func (Entered) payload()  {}
func (Schedule) payload() {}
func (Menu) payload()     {}
func (Choice) payload()   {}
func (Ring) payload()     {}
func (Forward) payload()  {}
func (Response) payload() {}
func (Blocked) payload()  {}
func (Transfer) payload() {}
