package ladder

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// Ladder is a call laid out in rows between lanes.
type Ladder struct {
	Lang    phrase.Lang `json:"lang"`
	Title   string      `json:"title"` // "Message ladder between Reception and Warehouse"
	StartAt time.Time   `json:"started_at"`
	Lanes   []Lane      `json:"lanes"`
	Rows    []Row       `json:"rows"`
}

// Lane is a party: a device that told of the call, or an address it exchanged messages with.
type Lane struct {
	_         [0]func() // not to be compared, so no code is made for it
	Name      string    `json:"name"`                // as people know it
	Address   string    `json:"address"`             // address:port; "" when it never sent or received a message
	Transport string    `json:"transport,omitempty"` // what its messages crossed by, "TLS" or "UDP, TCP"; "" for UDP alone
	Device    string    `json:"device,omitempty"`    // identity of the device, "" for a stranger
}

// RowKind is the shape of a row.
type RowKind string

// The shapes of a row.
const (
	Arrow RowKind = "arrow" // a message
	Band  RowKind = "band"  // media or hold, running along until the next row
	Pill  RowKind = "pill"  // what never reached the wire, on the device's own lane
	Hole  RowKind = "hole"  // events are missing here
	Quiet RowKind = "quiet" // a long silence, collapsed
	More  RowKind = "more"  // the rows before it came again and again, alike
)

// Tone is the class that colours a row, along with its words and its shape.
type Tone string

// The tones of a row.
const (
	Request     Tone = "request"
	Provisional Tone = "provisional"
	Success     Tone = "success"
	Failure     Tone = "failure"
	Holding     Tone = "held" // the offer of a hold or a resume, and the band of a held call
	Media       Tone = "media"
	Device      Tone = "device"
	Missing     Tone = "missing"
)

// Row is one row of a ladder. From and To are lanes; they are the same for a pill.
type Row struct {
	ID       string           `json:"id"` // of its first evidence, fit for an HTML id
	Kind     RowKind          `json:"kind"`
	Tone     Tone             `json:"tone"`
	At       time.Time        `json:"ts"`
	OffsetUS trace.Micros     `json:"offset_us"`
	DeltaUS  trace.Micros     `json:"delta_us"` // since the message it follows; 0 where that means nothing
	Offset   string           `json:"offset"`   // "+47.118"
	Delta    string           `json:"delta,omitempty"`
	From     int              `json:"from"`
	To       int              `json:"to"`
	Label    string           `json:"label"`             // "re-INVITE"
	Note     string           `json:"note,omitempty"`    // parts with " · " between them, the most important first: "sendonly", "SDP"
	Repeats  int              `json:"repeats,omitempty"` // retransmissions folded into this row
	Dashed   bool             `json:"dashed,omitempty"`  // a retransmission, or never seen to arrive
	Evidence []trace.EventRef `json:"evidence"`

	Transport string `json:"transport,omitempty"` // of a message: "udp", "tcp" or "tls"
	Rows      int    `json:"rows,omitempty"`      // of a band: how many rows it runs along, its own included; of More: how many it folds
	Call      string `json:"call,omitempty"`      // of a transfer: the id on the device of the other call that it is about
}
