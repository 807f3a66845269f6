package register

import "time"

// RFC 5626 section 4.5. There is one flow, so that all have failed when it has.
const (
	baseTime = 30 * time.Second
	maxTime  = 1800 * time.Second
)

// failed notes that an attempt came to nothing, and waits before the next one: between half and all of a time that
// doubles with each failure, and not less than a Retry-After (RFC 5626 section 4.5, RFC 3261 section 21.5.4). What an attempt
// before has bound holds until it lapses: a registrar that refuses to refresh a binding leaves it as it is (section 10.3).
func (m *Machine) failed(s Status, retryAfter time.Duration) {
	m.abandon()
	m.halt(KeepAlive, Pong)
	m.failures++
	wait := max(m.pause(m.failures), min(retryAfter, mostExpires))
	m.state = waiting
	s.State, s.RetryAfter, s.Bound = Failed, wait, m.reaches()
	m.tell(s)
	m.start(Again, wait)
	m.answer(nil, &ListError{Code: s.Code, Reason: s.Reason})
}

// pause draws how long to wait after a number of failures.
func (m *Machine) pause(failures int) time.Duration {
	upper := backoff(failures)
	return m.cfg.Between(upper/2, upper)
}

// backoff is the longest wait after a number of failures.
func backoff(failures int) time.Duration {
	upper := baseTime
	for range failures {
		if upper *= 2; upper >= maxTime {
			return maxTime
		}
	}
	return upper
}
