package story

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleUndelivered finds a call request that did not get to its destination, as the network, the destination's machine or TLS said
// so. Where there was only silence, unreachable tells it.
var ruleUndelivered = rule{code: "destination-unreachable", severity: Problem, find: func(r *record) []found {
	e, ok := r.end()
	if !ok || e.LastResponse != 0 || e.Side != trace.Network {
		return nil
	}
	to, evidence := hostOf(initiatedOf(r.views[r.endView()]).To.URI), []int{r.ended}
	x := r.opening()
	switch {
	case x != nil && (x.reply >= 0 || !r.undelivered()):
		return nil
	case x != nil:
		to, evidence = x.message.Remote, []int{x.request, r.ended}
	case !strings.HasPrefix(e.Reason, undelivered) && undeliveredBy(e.Reason) == "":
		return nil // never sent, and not for want of a way
	}
	return []found{{variant: undeliveredBy(e.Reason), args: args(phrase.With("address", phrase.Clean(to))), evidence: r.refs(evidence...)}}
}}

// undeliveredBy tells by the words of the agent and its system what stood in the way, "" when they say nothing known.
func undeliveredBy(reason string) string {
	for _, c := range [...]struct{ words, variant string }{
		{"connection refused", ".refused"},
		{"no route to host", ".route"},
		{"host is down", ".route"},
		{"network is unreachable", ".route"},
		{"network is down", ".route"},
		{"TLS", ".tls"},
		{"tls:", ".tls"},
		{"certificate", ".tls"},
		{"timeout", ".time"},
		{"timed out", ".time"},
		{"deadline exceeded", ".time"},
	} {
		if strings.Contains(reason, c.words) {
			return c.variant
		}
	}
	return ""
}

// undelivered tells whether something said that the request of a call was not delivered.
func (r *record) undelivered() bool {
	e, _ := r.end()
	return strings.HasPrefix(e.Reason, undelivered)
}
