package trace

// Direction of a call, seen from the device.
type Direction string

// The directions of a call.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Side says who ended a call.
type Side string

// The sides that can end a call.
const (
	Local   Side = "local"   // this device; call-centre reports call it "kill"
	Remote  Side = "remote"  // the other party; "finish"
	Network Side = "network" // something in between: a server's error, an unreachable address
	Timer   Side = "timer"   // a time ran out: ringing, a session timer, ISUP T2 or T6
)

// Result is the class of outcome of a call.
type Result string

// The outcomes of a call.
const (
	ResultAnswered  Result = "answered"
	ResultBusy      Result = "busy"
	ResultNoAnswer  Result = "no-answer"
	ResultCancelled Result = "cancelled"
	ResultFailed    Result = "failed"
	ResultBlocked   Result = "blocked"
	ResultForwarded Result = "forwarded" // this device sent the caller elsewhere
)

// Party is one end of a call.
type Party struct {
	URI  string `json:"uri"`  // SIP or TEL, as in the message
	Name string `json:"name"` // display name, may be empty
}

// Initiated is the payload of call.initiated.
type Initiated struct {
	Direction Direction `json:"direction"`   // seen from this device
	From      Party     `json:"from"`        // who calls
	To        Party     `json:"to"`          // who is called
	Account   string    `json:"account"`     // address of record of the line; empty without one
	SIPCallID string    `json:"sip_call_id"` // Call-ID of the first dialog
	SessionID string    `json:"session_id"`  // of the initiator, 32 hexadecimal digits (RFC 7989 section 5)
	// After is the id on this device of the call whose place this one takes by a transfer.
	After string `json:"after,omitempty"`
	// Diverted are those who sent an incoming call on before it came here, the last one first (RFC 5806, RFC 7044).
	Diverted []Diversion `json:"diverted,omitempty"`
}

// Diversion is one party that sent a call on.
type Diversion struct {
	URI  string `json:"uri"`  // SIP or TEL, as in the message
	Name string `json:"name"` // display name, may be empty
	// Reason is one of RFC 5806 section 4: "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day",
	// "do-not-disturb", "deflection", "follow-me", "out-of-service", "away"; "" when it is not known.
	Reason string `json:"reason,omitempty"`
}

// Alerting is the payload of call.progress and call.ringing.
type Alerting struct {
	Who        string `json:"who"`         // the seat or the party that is alerted
	Status     int    `json:"status"`      // 180, 183 or another provisional one
	EarlyMedia bool   `json:"early_media"` // sound comes from the network before the answer
	Reliable   bool   `json:"reliable"`    // acknowledged by PRACK (RFC 3262)
}

// Answered is the payload of call.answered.
type Answered struct {
	Who   string `json:"who"`            // the seat or the party that answered
	Codec string `json:"codec"`          // as in SDP; empty when not known
	Auto  bool   `json:"auto,omitempty"` // the device answered by itself, as the caller asked
}

// Ended is the payload of call.ended, the last numbered event of a call. It is written when nothing more is expected
// from the other side; the durations stop at the moment that ended the call.
type Ended struct {
	Side Side `json:"side"` // who ended it
	// LastResponse is the last status received for our INVITE or sent for theirs: 0 when nothing came back, 9xx for a
	// call that was blocked here and never left.
	LastResponse int    `json:"last_response"`
	Q850         int    `json:"q850"`       // cause, ITU-T Q.850 table 1; 0 when none is known
	Reason       string `json:"reason"`     // in words, as far as one is known
	Result       Result `json:"result"`     // class of the outcome
	SetupUS      Micros `json:"setup_us"`   // from the start to the first ringing or progress, else to answer or end
	RingingUS    Micros `json:"ringing_us"` // from the first ringing or progress to the answer or end
	TalkingUS    Micros `json:"talking_us"` // from the answer to the end, holds excluded
	HeldUS       Micros `json:"held_us"`    // held by either side
	TotalUS      Micros `json:"total_us"`   // from the start to the end
	Events       int    `json:"events"`     // how many events the call has, this one included
}

// AnsweredElsewhere is the reason of a call that was taken back because another phone answered it: its CANCEL says so (RFC
// 3326 section 2).
const AnsweredElsewhere = "answered elsewhere"

// NameNotFound begins the reason of a call that was not sent because the name of its destination could not be looked up; what was
// wrong follows behind a colon.
const NameNotFound = "the address cannot be looked up"

// AllLinesBusy is the reason of a call that the called device refused because it had as many others as it may have.
const AllLinesBusy = "all lines are in use"

func (Initiated) payload() {}
func (Alerting) payload()  {}
func (Answered) payload()  {}
func (Ended) payload()     {}
