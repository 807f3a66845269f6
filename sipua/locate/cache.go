package locate

import "time"

const (
	maxCached = 256
	// staleFor is how long an answer is repeated, beyond its time, while every name server is silent (RFC 8767 section 5
	// suggests one to three days; a phone system that moved is back within the hour).
	staleFor = time.Hour
	// staleAgain is when the servers are asked again meanwhile (RFC 8767 section 5).
	staleAgain = 30 * time.Second
)

// cache is what name servers said. It is bounded; what ends first goes first.
type cache map[question]*cached

type cached struct {
	answer answer
	fresh  time.Time // until when it is repeated without asking
	usable time.Time // until when it is repeated if nobody answers
}

func (c cache) fresh(q question, now time.Time) (answer, bool) {
	if e := c[q]; e != nil && now.Before(e.fresh) {
		return e.answer, true
	}
	return answer{}, false
}

// stale is an answer whose time is over, for when there is no other. It then counts for a moment, so that not every call
// waits for servers that are silent.
func (c cache) stale(q question, now time.Time) (answer, bool) {
	e := c[q]
	if e == nil || !now.Before(e.usable) {
		return answer{}, false
	}
	e.fresh = now.Add(staleAgain)
	return e.answer, true
}

func (c cache) put(q question, a answer, now time.Time) {
	if c[q] == nil && len(c) >= maxCached {
		c.evict()
	}
	e := &cached{answer: a, fresh: now.Add(a.ttl)}
	if len(a.records) > 0 { // that there is nothing is no help to a caller
		e.usable = e.fresh.Add(staleFor)
	}
	c[q] = e
}

func (c cache) evict() {
	var first question
	for q, e := range c {
		if f := c[first]; f == nil || e.fresh.Before(f.fresh) {
			first = q
		}
	}
	delete(c, first)
}
