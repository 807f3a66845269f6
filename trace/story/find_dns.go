package story

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// lookups are how the agent says in a reason why a name led nowhere (RFC 3263 section 4), with the variant of the sentence. What is
// between both parts is the name.
var lookups = []struct{ before, after, variant string }{
	{"the name ", " does not exist", ".unknown"},
	{"the name ", " has no address", ".empty"},
	{"", " has no SIP service", ".service"},
	{"no name server answers", "", ".silent"},
	{"the name server refuses to answer", "", ".refused"},
	{"no name server is known", "", ".none"},
}

// ruleDNS finds a call that was not sent because the name of its destination could not be looked up.
var ruleDNS = rule{code: "dns-failure", severity: Problem, find: func(r *record) []found {
	e, ok := r.end()
	reason, looked := strings.CutPrefix(e.Reason, trace.NameNotFound+": ")
	if !ok || e.LastResponse != 0 || e.Side != trace.Network || r.opening() != nil {
		return nil
	}
	name := hostOf(initiatedOf(r.views[r.endView()]).To.URI)
	for _, known := range lookups {
		if strings.HasPrefix(reason, known.before) && strings.HasSuffix(reason, known.after) && len(reason) >= len(known.before)+len(known.after) {
			if known.after != "" {
				name = reason[len(known.before) : len(reason)-len(known.after)]
			}
			return []found{{variant: known.variant, args: args(phrase.With("name", phrase.Clean(name))), evidence: r.refs(r.ended)}}
		}
	}
	if !looked {
		return nil
	}
	return []found{{args: args(phrase.With("name", phrase.Clean(name))), evidence: r.refs(r.ended)}}
}}

// hostOf is the host of a SIP URI, with its port if it has one.
func hostOf(uri string) string { return contact("\nContact: " + uri) }
