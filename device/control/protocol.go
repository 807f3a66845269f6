package control

import "encoding/json"

// Verb is what a request asks for.
type Verb string

// The verbs.
const (
	OffHook  Verb = "off-hook"
	OnHook   Verb = "on-hook"
	Key      Verb = "key"      // args: digits
	Dial     Verb = "dial"     // args: SIP URI or number
	Answer   Verb = "answer"   // acts on a call
	Reject   Verb = "reject"   // args: status, or none; acts on a call
	Deflect  Verb = "deflect"  // args: SIP URI or number; acts on a call
	Hold     Verb = "hold"     // acts on a call
	Resume   Verb = "resume"   // acts on a call
	Swap     Verb = "swap"     // the call in the handset and the one that waits on hold
	Transfer Verb = "transfer" // args: SIP URI, number, or line or id of another call; acts on a call
	Hangup   Verb = "hangup"   // acts on a call
	Unplug   Verb = "unplug"
	Plug     Verb = "plug"
	Status   Verb = "status"
	Bindings Verb = "bindings" // args: number of a line, or none for the first
)

// Request is one line to the agent.
type Request struct {
	Verb Verb     `json:"verb"`
	Args []string `json:"args,omitempty"`
	Call string   `json:"call,omitempty"` // id, unique prefix, or line; "" means the one in the handset
}

// Reply is the line that comes back.
type Reply struct {
	OK    bool            `json:"ok"`
	Error string          `json:"error,omitempty"` // why not, for people
	Text  string          `json:"text,omitempty"`  // the answer, for people
	Data  json.RawMessage `json:"data,omitempty"`  // the answer, for programs
}

// Dialled is the data of the reply to dial.
type Dialled struct {
	Call string `json:"call"` // id on this device
}
