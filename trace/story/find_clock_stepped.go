package story

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleClockStepped finds a clock that was set in the middle of a call. Durations come from another clock and stay right.
var ruleClockStepped = rule{code: "clock-stepped", severity: Note, find: func(r *record) []found {
	var out []found
	for v, steps := range r.ownByView(trace.ClockStepped) {
		if len(steps) == 0 {
			continue
		}
		d, _ := r.all[steps[0]].Event.Data.(trace.ClockStep)
		variant := when(d.StepUS < 0, ".back")
		if len(steps) > 1 {
			variant = ".many"
		}
		out = append(out, found{
			variant: variant, evidence: r.refs(steps...),
			args: args(r.who(r.local(v)), r.took("step", d.StepUS.Duration()), phrase.Count("n", len(steps))),
		})
	}
	return out
}}

// ownByView lists, by view, the events of a kind that lie within the call, whether they name it or not.
func (r *record) ownByView(kind trace.Kind) [][]int {
	out := make([][]int, len(r.views))
	for i, l := range r.all {
		if l.Event.Kind == kind && r.during(i) {
			out[l.View] = append(out[l.View], i)
		}
	}
	return out
}
