package guard

import (
	"net/netip"
	"time"
)

const (
	// pardoned is how many offences a source may have on its account without being slowed down: a wrong number, a phone
	// that was configured anew.
	pardoned = 8
	// slowest is how many more there may be until nothing is answered: each doubles the time between two answers, from
	// one second to half a minute.
	slowest = 6
	// forgiveness is how often one offence is forgotten.
	forgiveness = 30 * time.Second
	// silence is how long nothing is answered.
	silence = 10 * time.Minute
)

// source is what is remembered of a stranger.
type source struct {
	key      netip.Addr
	bucket   bucket
	offences int
	since    time.Time // when the last offence was committed, or forgotten
	silent   time.Time // until when nothing is answered
}

// keyOf is the source that an address belongs to.
func keyOf(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is4() || !a.IsValid() {
		return a
	}
	prefix, _ := a.Prefix(64) // an IPv6 address has one
	return prefix.Addr()
}

// forgive forgets an offence for every while that has passed.
func (s *source) forgive(now time.Time) {
	n := int(now.Sub(s.since) / forgiveness)
	if s.offences == 0 || n <= 0 {
		return
	}
	s.offences = max(0, s.offences-n)
	s.since = s.since.Add(time.Duration(n) * forgiveness)
}

// allowance is what the source may do with the offences it has.
func (s *source) allowance(ordinary allowance) allowance {
	if s.offences <= pardoned {
		return ordinary
	}
	return allowance{time.Second << (s.offences - pardoned - 1), 1}
}

// offend notes an offence; the last one that is answered begins the silence.
func (s *source) offend(now time.Time) {
	s.forgive(now)
	s.offences++
	s.since = now
	if s.offences >= pardoned+slowest {
		s.offences = pardoned // it may try again, slowly, when the silence is over
		s.silent = now.Add(silence)
	}
}
