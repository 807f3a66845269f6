package switchboard

import (
	"sidetone/sipua"
	"sidetone/trace"
)

// outcome puts a call into the class that reports count. Who ended it and the last status stay facts of their own.
// A 408 or 480, and a ring time that ran out, mean "no answer" only when the other side had been alerted; without that it
// was not reached at all. Only a person cancels.
func outcome(answered, rang, cancelled bool, side trace.Side, lastResponse int) trace.Result {
	switch {
	case answered:
		return trace.ResultAnswered
	case lastResponse >= 900:
		return trace.ResultBlocked
	case lastResponse == 486 || lastResponse == 600: // RFC 3261 sections 21.4.24, 21.6.1
		return trace.ResultBusy
	case rang && (side == trace.Timer || lastResponse == 480 || lastResponse == 408):
		return trace.ResultNoAnswer
	case side == trace.Local && lastResponse >= 300 && lastResponse < 400:
		return trace.ResultForwarded
	case cancelled && side != trace.Timer:
		return trace.ResultCancelled
	default:
		return trace.ResultFailed
	}
}

// reasonOf is why a call ended, in words. A CANCEL whose cause is SIP 200 says that a fork of the call was answered (RFC 3326
// section 2), however it is put.
func reasonOf(e *sipua.Ended) string {
	if e.Cancelled && e.Side == trace.Remote && e.Status == 200 {
		return trace.AnsweredElsewhere
	}
	return e.Reason
}
