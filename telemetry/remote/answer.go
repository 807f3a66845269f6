package remote

import (
	"encoding/json"
	"strings"
)

// State is how far a command is.
type State string

// The states, in their order.
const (
	Accepted State = "accepted"
	Progress State = "progress"
	Done     State = "done"
	Fail     State = "failed"
)

// Answer is the payload of up/res/{cid}: how far the device is with a command.
type Answer struct {
	CID   string          `json:"cid"`            // of the command
	State State           `json:"st"`             // how far it is
	Code  Code            `json:"code,omitempty"` // why it failed
	Data  json.RawMessage `json:"data,omitempty"` // result, or what went wrong in words: {"error":"…"}
}

// maxData bounds the data of an answer, in bytes: brokers take packets of 128 KiB and more.
const maxData = 64 << 10

// cut is put in place of data that is too large.
type cut struct {
	_     [0]func() // as in problem
	Cut   bool      `json:"cut"`
	Bytes int       `json:"bytes"` // of the whole
	Text  string    `json:"text"`  // how it begins
}

// encode writes an answer. Data that cannot be written, or is too large, is said to be.
func encode(a Answer, data any) []byte {
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			raw, _ = json.Marshal(problem{Error: err.Error()}) // a string always has an encoding
		}
		if len(raw) > maxData {
			text := strings.ToValidUTF8(string(raw[:maxData/4]), "") // which may be escaped to four times as much
			raw, _ = json.Marshal(cut{Cut: true, Bytes: len(raw), Text: text})
		}
		a.Data = raw
	}
	b, _ := json.Marshal(a) // strings and JSON always have one
	return b
}

// problem is the data of a failed command.
type problem struct {
	_     [0]func() // not to be compared, so no code is made for it
	Error string    `json:"error"`
}
