package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// oneWayAfter is how long a conversation must last, holds excluded, before the lack of any packet says something.
const oneWayAfter = 2 * time.Second

// ruleOneWay finds an end that not one RTP packet reached, although the session let it receive.
var ruleOneWay = rule{code: "one-way", severity: Problem, find: func(r *record) []found {
	var out []found
	for _, caller := range []bool{true, false} {
		h := r.heardBy(caller)
		if !r.mute(h) || !r.mayReceive(caller) {
			continue
		}
		who, other := r.callee, r.caller
		if caller {
			who, other = other, who
		}
		f := found{
			variant: when(r.sending(!caller), ".sending"), evidence: r.refs(h.measure),
			args: args(r.who(who), phrase.With("other", other.Name), r.took("talk", r.talked())),
		}
		out = append(out, f)
	}
	return out
}}

// mayReceive tells whether a party's stream was ever open toward it, as far as its own device tells.
func (r *record) mayReceive(caller bool) bool {
	known := false
	for i := max(r.answered, 0); i < len(r.all); i++ {
		m, ok := r.all[i].Event.Data.(trace.Media)
		if !ok || r.outgoing[r.all[i].View] != caller {
			continue
		}
		known = true
		if m.Direction == trace.SendRecv || m.Direction == trace.RecvOnly {
			return true
		}
	}
	return !known
}

// sending tells whether a party's device counted packets that it sent.
func (r *record) sending(caller bool) bool {
	for v := range r.views {
		if m, ok := r.streamOf(v); ok && r.outgoing[v] == caller && m.Sent > 0 {
			return true
		}
	}
	return false
}
