package sipua

import (
	"time"

	"sidetone/sipua/register"
)

// LineState is how an account stands with its registrar.
type LineState = register.Standing

// The states of a line.
const (
	Registering  = register.Registering
	Registered   = register.Registered
	Failed       = register.Failed
	Unregistered = register.Unregistered
)

// LineStatus is an attempt to register an account, or its outcome.
type LineStatus struct {
	At         time.Time
	Account    int // index into Options.Accounts
	AOR        string
	State      LineState
	Status     int           // of the response that decided, 0 when there was none
	Reason     string        // its phrase, or what is wrong
	Server     string        // URI of the registrar
	Expires    time.Duration // how long the binding lives; after Failed that of before, 0 when there is none any more
	RetryAfter time.Duration // after Failed: when the next attempt comes
	Path       []string      // RFC 3327: the proxies through which calls come in
}
