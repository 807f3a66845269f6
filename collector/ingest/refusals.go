package ingest

import (
	"slices"
	"strings"

	"sidetone/collector/store"
)

// The bounds of what is remembered of refusals: strangers make them up.
const (
	maxRefusals = 100
	maxWhat     = 120 // bytes
)

// RefuseOf counts a refusal, and remembers whose it was: the last hundred ways that somebody was refused in.
func (s *Stats) RefuseOf(r store.Refusal) {
	s.Refuse(r.Reason)
	if !ValidName(r.Device) {
		r.Device = ""
	}
	r.What = strings.ToValidUTF8(r.What[:min(len(r.What), maxWhat)], "")
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.refusals, func(o store.Refusal) bool {
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
func (s *Stats) Refusals() []store.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.refusals)
	slices.Reverse(out)
	return out
}
