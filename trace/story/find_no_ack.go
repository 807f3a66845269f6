package story

import "sidetone/trace/phrase"

// ruleNoACK finds an answer that was sent, sent again, and never confirmed (RFC 3261 section 13.3.1.4).
var ruleNoACK = rule{code: "no-ack", severity: Problem, find: func(r *record) []found {
	var out []found
	for _, x := range r.unconfirmed() {
		out = append(out, found{
			args: args(phrase.Count("n", len(x.finalAgain)+1), r.who(r.local(x.view)),
				phrase.With("other", r.remote(x.view).Name)),
			evidence: r.refs(append([]int{x.final}, x.finalAgain...)...),
		})
	}
	return out
}}

// unconfirmed lists the INVITEs whose 2xx this side sent again and again without an ACK.
func (r *record) unconfirmed() []*exchange {
	var out []*exchange
	for _, x := range r.exchanges {
		if x.message.Method == "INVITE" && !x.sent && x.status/100 == 2 && x.ack < 0 && len(x.finalAgain) > 0 {
			out = append(out, x)
		}
	}
	return out
}
