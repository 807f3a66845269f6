package story

import "sidetone/trace"

// ruleNotRegistered finds a call that was placed over a line of which no registration is known (RFC 3261 section 10): the last
// attempt had failed, or was still under way.
var ruleNotRegistered = rule{code: "not-registered", severity: Warning, find: func(r *record) []found {
	var out []found
	for v := range r.views {
		l, known := r.lineOf(v)
		switch {
		case !known || l.registered >= 0:
		case l.lost >= 0 && r.all[l.last].Event.Kind == trace.LineFailed:
			out = append(out, r.lineFound(".failed", l.last, l.last))
		case l.lost >= 0:
			out = append(out, r.lineFound("", l.last, l.last, l.lost))
		case r.all[l.last].Event.Kind == trace.LineRegistering:
			out = append(out, r.lineFound(".trying", l.last, l.last))
		}
	}
	return out
}}
