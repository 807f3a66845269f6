package story

import "sidetone/trace/phrase"

// ruleRTPElsewhere finds sound that was heard although it came from another address than the negotiated one: RTP is expected
// from where it is sent to (RFC 4961 section 4).
var ruleRTPElsewhere = rule{code: "rtp-elsewhere", severity: Note, find: func(r *record) []found {
	last := fill(len(r.views)) // by view: the last account of its stream
	var out []found
	done := map[int]bool{}
	for i, l := range r.all {
		m, before := r.media(i), last[l.View]
		if m.Local == "" {
			continue
		}
		last[l.View] = i
		if before < 0 || done[l.View] || m.Source == "" {
			continue
		}
		n := m.Elsewhere - r.media(before).Elsewhere
		if negotiated := r.media(before).Remote; n >= stillComing && m.Source != negotiated {
			done[l.View] = true
			out = append(out, found{
				evidence: r.refs(before, i),
				args: args(r.who(r.local(l.View)), phrase.With("other", r.remote(l.View).Name), phrase.Count("n", n), phrase.With("packets", r.lang.Number(n)),
					phrase.With("source", phrase.Clean(m.Source)), phrase.With("negotiated", phrase.Clean(negotiated))),
			})
		}
	}
	return out
}}
