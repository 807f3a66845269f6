package store

import (
	"slices"

	"sidetone/trace"
)

// Given is a device's word that a broker has acknowledged the events of a run, from the first one up to Seq.
type Given struct {
	Boot trace.Boot
	Seq  uint64
	Over bool // the run is over, and the device has nothing more of it
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

// Lacking picks, of the losses of a device, those that nobody has explained and that are not on their way any more. given holds
// the runs that the device has something of: where one is not over, what lies beyond its Seq may yet come.
func Lacking(losses []trace.Gap, given []Given) []trace.Gap {
	var out []trace.Gap
	for _, l := range losses {
		i := slices.IndexFunc(given, func(g Given) bool { return g.Boot == l.Boot })
		if i >= 0 && !given[i].Over {
			l.To = min(l.To, given[i].Seq)
			l.Count = l.To - l.From + 1
		}
		if l.Reason == NotReceived && l.To >= l.From {
			out = append(out, l)
		}
	}
	return out
}
