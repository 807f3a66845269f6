package story

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// rulePrivateAddress finds an address of a private network where the other side, at a public one, is told to send sound or
// messages, one finding a device. What something in between is seen to have put right is none.
var rulePrivateAddress = rule{code: "private-address", severity: Warning, find: func(r *record) []found {
	var out []found
	done := make([]bool, len(r.views))
	for i, l := range r.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok || done[l.View] || m.SDP == "" || m.Raw == "" {
			continue
		}
		sent := l.Event.Kind == trace.SIPSent
		far, _ := address(m.Remote)
		if near, _ := address(m.Local); !isPublic(far) || !sent && (!isPublic(near) || l.Pair >= 0) {
			continue // what arrives in a private network may be meant for it
		}
		if f, ok := r.offeredPrivately(i, m); ok {
			done[l.View] = true
			out = append(out, f)
		}
	}
	return out
}}

// offeredPrivately looks at one message to or from a public address.
func (r *record) offeredPrivately(i int, m trace.SIP) (found, bool) {
	l := r.all[i]
	who, other := r.local(l.View), r.remote(l.View)
	caller := r.outgoing[l.View]
	if l.Event.Kind == trace.SIPReceived {
		who, other, caller = other, who, !caller
	}
	d, _ := describeSession(m.Raw)
	given, variant, severity := d.address, "", Warning
	a, _ := address(given)
	if !isPrivate(a) {
		given, variant, severity = contact(m.Raw), ".contact", Note
		a, _ = address(given)
	}
	if !isPrivate(a) || r.rewritten(i) {
		return found{}, false
	}
	if h := r.heardBy(caller); variant == "" && h.known && h.side.Packets > 0 {
		variant, severity = ".worked", Note
	}
	public := m.Remote
	if l.Event.Kind == trace.SIPReceived {
		public = m.Local
	}
	return found{
		variant: variant, severity: severity, evidence: r.refs(i),
		args: args(r.who(who), phrase.With("other", other.Name), phrase.With("address", phrase.Clean(given)), phrase.With("far", phrase.Clean(public))),
	}, true
}

// rewritten tells whether a message is known to have arrived with other addresses than it was sent with.
func (r *record) rewritten(sent int) bool {
	p := r.all[sent].Pair
	if p < 0 {
		return false
	}
	_, _, _, changed := r.changedOnTheWay(sent, p)
	return changed
}
