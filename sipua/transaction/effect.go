package transaction

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// Effect is what the owner of a machine has to do, in the order given: Transmit, Deliver, StartTimer, StopTimer,
// Failed or Ended.
type Effect interface{ effect() }

// Transmit hands a message to the transport, on the transaction's flow. Retransmission counts the earlier
// transmissions of the same message: 0 the first time.
type Transmit struct {
	Message        sip.Message
	Retransmission int
}

// Deliver hands a received message to the user of the transaction.
type Deliver struct{ Message sip.Message }

// StartTimer starts a timer, or starts it anew.
type StartTimer struct {
	Timer Timer
	After time.Duration
}

// StopTimer stops a timer that is running.
type StopTimer struct{ Timer Timer }

// Failed tells the user of the transaction that it did not do its work. Ended follows where it was the end.
type Failed struct{ Cause Cause }

// Ended says that the transaction is Terminated, no timer of it is running, and it must be forgotten.
type Ended struct{}

func (Transmit) effect()   {}
func (Deliver) effect()    {}
func (StartTimer) effect() {}
func (StopTimer) effect()  {}
func (Failed) effect()     {}
func (Ended) effect()      {}

// Cause is why a transaction failed.
type Cause uint8

// The causes of failure.
const (
	Timeout   Cause = iota // timer B, F or H: the peer never answered, or never acknowledged
	Transport              // the transport could not deliver
)

// String is the cause in words.
func (c Cause) String() string {
	switch c {
	case Timeout:
		return "timeout"
	case Transport:
		return "transport error"
	}
	return "unknown cause"
}
