package story

// ruleLineLost finds a call that was placed over a line which the registrar had known and knew no more (RFC 3261 section 10).
var ruleLineLost = rule{code: "line-lost-before", severity: Warning, find: func(r *record) []found {
	var out []found
	for v := range r.views {
		if l, known := r.lineOf(v); known && l.registered >= 0 && l.lost >= 0 {
			out = append(out, r.lineFound("", l.lost, l.lost, l.registered))
		}
	}
	return out
}}
