package store

import "sidetone/trace"

// Given is a device's word that a broker has acknowledged the events of a run, from the first one up to Seq.
type Given struct {
	Boot trace.Boot
	Seq  uint64
}

// Run is what came in of one run of a device's agent.
type Run struct {
	Seen  Ranges
	Given uint64 // a broker has acknowledged everything up to here; 0 when the device did not say
}

// Whole tells that nothing is missing.
func (r *Run) Whole() bool { return r.Seen.Whole() && r.Given <= r.Seen.last() }

// Holes lists what is missing between 1 and the highest number seen, or given.
func (r *Run) Holes() []Range { return r.Seen.holesUpTo(max(r.Given, r.Seen.last())) }

// Lacking picks, of the losses of a device, what came in at a broker and not from there: what nobody has explained, of the
// runs given and up to there. What lies beyond may still be on its way.
func Lacking(losses []trace.Gap, given []Given) []trace.Gap {
	var out []trace.Gap
	for _, g := range given {
		for _, l := range losses {
			if l.Reason == NotReceived && l.Boot == g.Boot && l.From <= g.Seq {
				l.To = min(l.To, g.Seq)
				l.Count = l.To - l.From + 1
				out = append(out, l)
			}
		}
	}
	return out
}
