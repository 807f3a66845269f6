package switchboard

import "sidetone/trace"

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
	case cancelled && side != trace.Timer:
		return trace.ResultCancelled
	default:
		return trace.ResultFailed
	}
}
