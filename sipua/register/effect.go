package register

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// Effect is what the owner of a Machine has to do, in order: one of the types of this file.
type Effect interface{ effect() }

// Send sends a request. A failure is reported as SendFailed.
type Send struct {
	Flow    wire.Flow
	Request *sip.Request
}

// Drop closes the connection of a flow and forgets it, so that the next request opens another one: nothing comes back over it,
// and writes into it may go on to succeed (RFC 3261 section 18.1.1). One that was opened after the last Send is spared.
type Drop struct{ Flow wire.Flow }

// Avoid says that a path gave no answer, or a 503: other requests shall try it last for a while (RFC 3263 section 4.3).
type Avoid struct {
	Flow wire.Flow
	For  time.Duration
}

// Locate asks how to reach a URI (RFC 3263); Located answers it. The number tells it from those before.
type Locate struct {
	Hop    string
	Number uint
}

// StartTimer asks for Fired after a time. A running timer of the same name starts anew.
type StartTimer struct {
	Timer Timer
	After time.Duration
}

// StopTimer takes a StartTimer back, if it is running.
type StopTimer struct{ Timer Timer }

// Timer names a timer of a registration.
type Timer struct {
	Kind   TimerKind
	Letter transaction.Timer // of a TransactionTimer
}

// TimerKind tells what a timer is for.
type TimerKind uint8

// The timers of a registration.
const (
	TransactionTimer TimerKind = iota
	Again                      // to refresh the binding, or to try again
	Lapse                      // RFC 3261 section 10.3: the binding has not been refreshed in time
	KeepAlive                  // RFC 5626 section 4.4: to ping
	Pong                       // RFC 5626 section 4.4.1: the ping must have been answered
	Bound                      // of the time that stopping may take
)

// Watch asks for FlowDead when the connection of a flow ends, or if it is not there any more. It replaces an earlier one.
type Watch struct{ Flow wire.Flow }

// Ping sends a keep-alive over a flow (RFC 5626 section 4.4). FlowDead answers it where the flow is a connection that is
// not there any more.
type Ping struct{ Flow wire.Flow }

// AskPong asks whether anything was received over a flow since its last Ping; if not, FlowDead answers.
type AskPong struct{ Flow wire.Flow }

// Tell passes on how the registration stands.
type Tell struct{ Status Status }

// Bind says which route the requests of the account take outside of dialogs (RFC 3608). It is empty while the account has
// no binding.
type Bind struct {
	ServiceRoute []sip.Uri
	Local        netip.AddrPort // our address toward the registrar, the zero value where there is no binding
	Public       netip.AddrPort // where the registrar sees it, the zero value where that is Local (RFC 3581 section 4)
}

// Listed answers every List so far.
type Listed struct {
	Bindings []Binding
	Err      error
}

// Done says that the registration is over: forget it.
type Done struct{}

func (Send) effect()       {}
func (Drop) effect()       {}
func (Avoid) effect()      {}
func (Locate) effect()     {}
func (StartTimer) effect() {}
func (StopTimer) effect()  {}
func (Watch) effect()      {}
func (Ping) effect()       {}
func (AskPong) effect()    {}
func (Tell) effect()       {}
func (Bind) effect()       {}
func (Listed) effect()     {}
func (Done) effect()       {}

// Status is one attempt, or its outcome.
type Status struct {
	State      Standing
	Code       int    // of the response that decided, 0 when there was none
	Reason     string // its phrase, or what is wrong
	Server     string // URI of the server asked
	Expires    time.Duration
	RetryAfter time.Duration // after Failed: when the next attempt comes
	Path       []string      // RFC 3327: the proxies through which requests come to us
	Bound      bool          // after Failed: the binding of before still holds
}

// Standing is how an account stands with its registrar.
type Standing uint8

// The standings of an account.
const (
	Registering Standing = iota
	Registered
	Failed
	Unregistered
)
