package remote

import "fmt"

// Code says in a word why a command failed.
type Code string

// The reasons.
const (
	Malformed   Code = "malformed"   // not a command
	Unsigned    Code = "unsigned"    // not signed by the pinned key, or without exp
	Retained    Code = "retained"    // it was kept by the broker, so nobody knows how old it is
	Expired     Code = "expired"     // its time was over before it could be begun
	UnknownOp   Code = "unknown"     // there is no such command
	BadArgs     Code = "args"        // the arguments do not fit
	Busy        Code = "busy"        // not now
	NotFound    Code = "not-found"   // what it is about does not exist
	Refused     Code = "refused"     // what it asks for is not possible, or was taken back
	Interrupted Code = "interrupted" // the agent ended meanwhile
	Failed      Code = "failed"
)

// Fault is an error with its code.
type Fault struct {
	_    [0]func() // not to be compared, so no code is made for it
	Code Code
	Err  error
}

// Faultf makes a Fault.
func Faultf(code Code, format string, args ...any) error {
	return &Fault{Code: code, Err: fmt.Errorf(format, args...)}
}

// Error says what is wrong.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }
