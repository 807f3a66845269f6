package asyncapi

import "encoding/json"

// Command is the payload of dn/cmd: something that the device is asked to do. A device that pins a key refuses it unsigned.
type Command struct {
	CID  string          `json:"cid"`            // of this command; one that comes again is done once
	Op   string          `json:"op"`             // what to do, such as trace.get, call.test, config.apply or echo
	Args json.RawMessage `json:"args,omitempty"` // an object, as op wants it
	Exp  string          `json:"exp,omitempty"`  // when it expires, UTC (RFC 3339); not done after that
	TTL  int             `json:"ttl,omitempty"`  // seconds from its arrival after which it expires; for devices without a clock
	By   string          `json:"by,omitempty"`   // who asks; recorded with the command
	Sig  string          `json:"sig,omitempty"`  // Ed25519 signature, base64 (RFC 8032, RFC 4648 section 4)
}

// Answer is the payload of up/res/{cid}: how far the device is with a command.
type Answer struct {
	CID  string          `json:"cid"`            // of the command
	St   AnswerState     `json:"st"`             // how far it is
	Code string          `json:"code,omitempty"` // of what went wrong, for programs
	Data json.RawMessage `json:"data,omitempty"` // result, or what went wrong in words
}

// AnswerState is how far a command is.
type AnswerState string

// The states of a command.
const (
	AnswerAccepted AnswerState = "accepted" // it will be done
	AnswerProgress AnswerState = "progress" // it is being done
	AnswerDone     AnswerState = "done"
	AnswerFailed   AnswerState = "failed" // it is not done, or was not possible
)

// Desired is the payload of dn/cfg, retained: an overlay on the device's own configuration.
type Desired struct {
	Ver uint64          `json:"ver"`           // of this configuration; an older one than the device has is refused
	Set json.RawMessage `json:"set"`           // an object: keys of the agent's configuration that may be changed remotely, with their values
	Sig string          `json:"sig,omitempty"` // Ed25519 signature, base64 (RFC 8032, RFC 4648 section 4)
}
