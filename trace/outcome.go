package trace

// Outcome puts a call into the class that reports count. Who ended it and the last status stay facts of their own.
// A 408 or 480, and a ring time that ran out, mean "no answer" only when the other side had been alerted; without that it
// was not reached at all. Only a person cancels.
func Outcome(answered, rang, cancelled bool, side Side, lastResponse int) Result {
	switch {
	case answered:
		return ResultAnswered
	case lastResponse >= 900:
		return ResultBlocked
	case lastResponse == 486 || lastResponse == 600: // RFC 3261 sections 21.4.24, 21.6.1
		return ResultBusy
	case rang && (side == Timer || lastResponse == 480 || lastResponse == 408):
		return ResultNoAnswer
	case side == Local && lastResponse >= 300 && lastResponse < 400:
		return ResultForwarded
	case cancelled && side != Timer:
		return ResultCancelled
	default:
		return ResultFailed
	}
}
