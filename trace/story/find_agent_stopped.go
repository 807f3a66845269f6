package story

import "sidetone/trace"

// ruleAgentStopped finds a call in the middle of which the recording device stopped.
var ruleAgentStopped = rule{code: "agent-stopped", severity: Problem, find: func(r *record) []found {
	var out []found
	for i, l := range r.all {
		d, ok := l.Event.Data.(trace.Stopped)
		if !ok || l.Event.Call == "" {
			continue
		}
		out = append(out, found{
			variant:  when(d.Reason == trace.StoppedByCut, ".cut"),
			args:     args(r.who(r.local(l.View))),
			evidence: r.refs(i),
		})
	}
	return out
}}
