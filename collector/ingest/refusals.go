package ingest

import (
	"slices"
	"strings"
	"time"
)

// The bounds of what is remembered of refusals: strangers make them up.
const (
	maxRefusals = 100
	maxWhat     = 120 // bytes
)

// Refusal is something that a front end turned away, as often as it happened in the same way.
type Refusal struct {
	Reason  string
	Device  string // as it called itself; "" where that is no name
	Address string // of the host
	What    string // the last topic or filter that was asked for
	Count   int
	Last    time.Time
}

// RefuseOf counts a refusal, and remembers whose it was: the last hundred ways that somebody was refused in.
func (s *Stats) RefuseOf(r Refusal) {
	s.Refuse(r.Reason)
	if !ValidName(r.Device) {
		r.Device = ""
	}
	r.What = strings.ToValidUTF8(r.What[:min(len(r.What), maxWhat)], "")
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.refusals, func(o Refusal) bool {
		return o.Reason == r.Reason && o.Device == r.Device && o.Address == r.Address
	})
	switch {
	case at >= 0:
		r.Count = s.refusals[at].Count
		s.refusals = slices.Delete(s.refusals, at, at+1)
	case len(s.refusals) >= maxRefusals:
		s.refusals = slices.Delete(s.refusals, 0, 1)
	}
	r.Count++
	s.refusals = append(s.refusals, r)
}

// Refusals lists what was remembered, the latest first.
func (s *Stats) Refusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.refusals)
	slices.Reverse(out)
	return out
}
