package story

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleDeviceFault finds parts of a device that failed during the call, each once.
var ruleDeviceFault = rule{code: "device-fault", severity: Problem, find: func(r *record) []found {
	var out []found
	for v, faults := range r.ownByView(trace.DeviceFault) {
		var parts []string
		byPart := map[string][]int{}
		for _, i := range faults {
			d, _ := r.all[i].Event.Data.(trace.Fault)
			if d.Over {
				continue
			}
			if len(byPart[d.Part]) == 0 {
				parts = append(parts, d.Part)
			}
			byPart[d.Part] = append(byPart[d.Part], i)
		}
		for _, part := range parts {
			d, _ := r.all[byPart[part][0]].Event.Data.(trace.Fault)
			variant := ""
			if phrase.Has("find.device-fault." + part) {
				variant = "." + part
			}
			out = append(out, found{
				variant: variant, evidence: r.refs(byPart[part]...),
				args: args(r.who(r.local(v)), phrase.With("part", phrase.Clean(part)), phrase.With("error", phrase.Clean(d.Error))),
			})
		}
	}
	return out
}}
