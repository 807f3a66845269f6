package story

import (
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// completeness says whether every event of every view is here, and how far the clocks of the devices stand apart.
func (r *record) completeness() Fact {
	seen, missing, open := 0, 0, false
	for v := range r.views {
		fold := trace.Summarize(r.views[v].Events)
		seen, missing = seen+fold.Seen, missing+fold.Missing
		open = open || fold.Total == 0
	}
	expected := seen + missing
	if expected == 0 {
		return Fact{}
	}
	f := Fact{}
	notes := []string{r.say("trace.events", phrase.With("seen", r.lang.Number(seen)), phrase.With("total", r.lang.Number(expected)), phrase.Count("n", expected))}
	switch {
	case missing > 0:
		f.Value = r.say("trace.missing", phrase.Count("n", missing))
	case open:
		f.Value = r.say("trace.open")
		notes = []string{r.say("trace.sofar", phrase.With("seen", r.lang.Number(seen)), phrase.Count("n", seen))}
	default:
		f.Value = r.say("trace.complete")
	}
	if n := r.devices(); n > 1 {
		notes = append(notes, r.say("trace.devices", phrase.Count("n", n)))
	}
	f.Note = strings.Join(append(notes, r.clocksApart()...), ", ")
	return f
}

// devices counts those that saw the call: one that was transferred has two views of it.
func (r *record) devices() int {
	known := map[string]bool{}
	for _, v := range r.views {
		known[v.Device] = true
	}
	return len(known)
}

// clocksApart tells the largest estimated distance to the first device's clock.
func (r *record) clocksApart() []string {
	apart, known := trace.Alignment{}, false
	for _, c := range r.clocks {
		if c.Pairs > 0 && (!known || c.Ahead.Abs() > apart.Ahead.Abs()) {
			apart, known = c, true
		}
	}
	switch {
	case !known:
		return nil
	case apart.Ahead.Abs() >= time.Hour: // one of them was never set
		return []string{r.say("trace.clocks.far")}
	}
	return []string{r.say("trace.clocks", r.took("apart", max(apart.Ahead.Abs(), time.Microsecond)))}
}

// firstYear is the year before which no call of this product was made: a clock that says so was never set.
const firstYear = 2025

// clockWarning says that the date of the call is wrong. A clock that merely no time server watches over is a finding.
func (r *record) clockWarning() string {
	if r.start.IsZero() || r.start.Year() >= firstYear {
		return ""
	}
	return r.say("clock.unset", r.who(r.local(0)))
}
