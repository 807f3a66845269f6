package story

import "sidetone/trace/phrase"

// ruleUnreachable finds a call request that nothing came back for, not even word that it could not be delivered. It does not say why: the other device may be off, the
// address wrong, the network down, or a firewall silent.
var ruleUnreachable = rule{code: "unreachable", severity: Problem, find: func(r *record) []found {
	x := r.opening()
	if r.ending() != noReply || x == nil || x.reply >= 0 || r.undelivered() {
		return nil
	}
	return []found{{
		args:     args(phrase.Count("n", len(x.again)+1), phrase.With("address", phrase.Clean(x.message.Remote)), r.took("total", r.endAt())),
		evidence: r.refs(append([]int{x.request}, x.again...)...),
	}}
}}
