package telemetry

import "time"

// keepCount is how long a call's count outlives call.ended: retransmissions that come in late go on counting. It is far
// above the 64*T1 that a transaction lasts.
const keepCount = 5 * time.Minute

// numbering counts the events of each call.
type numbering map[string]*callCount

type callCount struct {
	n     int
	first uint64 // journal number of its first event in this run
	ended bool
	at    time.Duration // of the end, on the recorder's monotonic clock
}

// next gives the number of the call's next event.
func (c numbering) next(call string) int {
	count := c[call]
	if count == nil {
		count = &callCount{}
		c[call] = count
	}
	count.n++
	return count.n
}

// end marks a call as over, and forgets those that have been for long.
func (c numbering) end(call string, now time.Duration) {
	if count := c[call]; count != nil {
		count.ended, count.at = true, now
	}
	for id, count := range c {
		if count.ended && now-count.at > keepCount {
			delete(c, id)
		}
	}
}
