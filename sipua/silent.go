package sipua

import (
	"time"

	"sidetone/sipua/session"
	"sidetone/sipua/transaction"
)

// unanswered tells whether a request of a call got no response at all: timer B or F.
func unanswered(e session.Event) bool {
	fired, ok := e.(session.Fired)
	return ok && fired.Timer.Kind == session.TransactionTimer &&
		(fired.Timer.Letter == transaction.TimerB || fired.Timer.Letter == transaction.TimerF)
}

// hangUpOn drops the connections that a call has to avoid as nothing came back over them: writes into a connection whose peer is
// gone succeed (RFC 3261 section 18.1.1). What was opened since the request was sent is spared.
func (c *Call) hangUpOn(at time.Time, effects []session.Effect) {
	ua := c.actor.agent
	for _, e := range effects {
		if silent, ok := e.(session.Avoid); ok && silent.Flow.Reliable() {
			ua.endpoint.Drop(silent.Flow, at.Add(-ua.opts.Timers.Timeout()))
		}
	}
}
