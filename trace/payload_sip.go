package trace

// SIP is the payload of sip.sent and sip.received: one message as it crossed the device's socket.
type SIP struct {
	Transport string `json:"transport"`          // "udp", "tcp" or "tls"
	Local     string `json:"local"`              // address:port
	Remote    string `json:"remote"`             // address:port
	Method    string `json:"method"`             // of the request, for responses too
	Status    int    `json:"status,omitempty"`   // of a response; a request has none
	Reason    string `json:"reason,omitempty"`   // reason phrase of a response
	CSeq      uint32 `json:"cseq"`               // its number (RFC 3261 section 8.1.1.5)
	Branch    string `json:"branch"`             // of the topmost Via
	FromTag   string `json:"from_tag,omitempty"` // tag of From
	// ToTag tells a re-INVITE from an INVITE: only a request inside a dialog carries one (RFC 3261 section 12.2).
	ToTag string `json:"to_tag,omitempty"`
	// SDP is the direction of the first audio stream in the body, "" when there is no session description.
	SDP            MediaDirection `json:"sdp,omitempty"`
	Size           int            `json:"size"`           // bytes on the wire
	Retransmission int            `json:"retransmission"` // 0 the first time
	Raw            string         `json:"raw,omitempty"`  // as captured
}

// IsRequest tells requests from responses.
func (m SIP) IsRequest() bool { return m.Status == 0 }

// InDialog tells whether a request belongs to an existing dialog: a re-INVITE, not an INVITE.
func (m SIP) InDialog() bool { return m.ToTag != "" }

// Rejected is the payload of sip.rejected: what was refused since the last such event, one a minute at most.
type Rejected struct {
	Count   int            `json:"count"`   // how many messages
	Reasons map[string]int `json:"reasons"` // "junk", "oversized", "no such dialog", "rate", …
	Last    string         `json:"last"`    // address:port of the last source, "" when none is known
}

func (SIP) payload()      {}
func (Rejected) payload() {}
