package story

import (
	"strconv"
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleALG finds messages whose addresses something in between rewrote, one finding a call. Two devices that saw the same
// message are proof; one device that gets its own Via back changed, or a body of another length than stated, is a suspicion.
var ruleALG = rule{code: "alg-suspected", severity: Warning, find: func(r *record) []found {
	var out *found
	for i, l := range r.all {
		if l.Event.Kind != trace.SIPReceived {
			continue
		}
		if l.Pair >= 0 {
			r.arrivedOtherwise(i, &out)
		} else {
			r.arrivedCut(i, &out)
		}
	}
	for _, x := range r.exchanges {
		r.cameBackOtherwise(x, &out)
	}
	if out == nil {
		return nil
	}
	return []found{*out}
}}

// arrivedOtherwise compares a message as it was sent and as it arrived. The branch is the same, so no proxy was in between.
func (r *record) arrivedOtherwise(i int, out **found) {
	sent := r.all[i].Pair
	if *out != nil && (*out).variant == ".seen" {
		return
	}
	where, before, after, changed := r.changedOnTheWay(sent, i)
	if !changed {
		return
	}
	m, _ := r.all[sent].Event.Data.(trace.SIP)
	*out = &found{
		variant: ".seen", evidence: r.refs(sent, i),
		args: args(r.who(r.local(r.all[sent].View)), titled(m), phrase.With("field", where),
			phrase.With("before", phrase.Clean(before)), phrase.With("after", phrase.Clean(after))),
	}
}

func titled(m trace.SIP) phrase.Arg {
	title := m.Method
	if !m.IsRequest() {
		title = strconv.Itoa(m.Status)
	}
	return phrase.With("message", phrase.Clean(title))
}

// changedOnTheWay finds the first address that differs between a message as it was sent and as it arrived.
func (r *record) changedOnTheWay(sent, received int) (where, before, after string, changed bool) {
	a, _ := r.all[sent].Event.Data.(trace.SIP)
	b, _ := r.all[received].Event.Data.(trace.SIP)
	if a.Raw == "" || b.Raw == "" || a.Raw == b.Raw {
		return "", "", "", false
	}
	described := func(raw string) string { d, _ := describeSession(raw); return d.address }
	for _, part := range []struct {
		where string
		read  func(string) string
	}{{"Via", sentBy}, {"Contact", contact}, {"SDP", described}} {
		if before, after = part.read(a.Raw), part.read(b.Raw); differ(before, after) {
			return part.where, before, after, true
		}
	}
	return "", "", "", false
}

// differ tells whether two addresses are known and not the same. A port may be left out (RFC 3261 section 19.1.2).
func differ(a, b string) bool {
	addrA, portA := address(a)
	addrB, portB := address(b)
	if !addrA.known() || !addrB.known() {
		return false
	}
	return addrA != addrB || portA != "" && portB != "" && portA != portB
}

// cameBackOtherwise compares the Via of a request with the one that its response brings back, which is to be the same (RFC
// 3261 section 8.2.6.2). That an address translator is in between stands in received and rport (RFC 3581) and is no fault.
func (r *record) cameBackOtherwise(x *exchange, out **found) {
	if *out != nil || !x.sent || x.reply < 0 || r.all[x.request].Pair >= 0 || r.all[x.reply].Pair >= 0 {
		return
	}
	res, _ := r.all[x.reply].Event.Data.(trace.SIP)
	before, after := sentBy(x.message.Raw), sentBy(res.Raw)
	if res.Branch != x.message.Branch || !differ(before, after) {
		return
	}
	*out = &found{
		evidence: r.refs(x.request, x.reply),
		args: args(r.who(r.local(x.view)), phrase.With("message", phrase.Clean(x.title())),
			phrase.With("before", phrase.Clean(before)), phrase.With("after", phrase.Clean(after))),
	}
}

// arrivedCut compares the length of a body over UDP with what its Content-Length says (RFC 3261 section 18.3). Empty lines at the
// end are not counted, and a message that a mask has shortened is not looked at.
func (r *record) arrivedCut(i int, out **found) {
	m, _ := r.all[i].Event.Data.(trace.SIP)
	if *out != nil || !strings.EqualFold(m.Transport, "udp") || m.SDP == "" || m.Size != len(m.Raw) {
		return
	}
	stated, err := strconv.Atoi(field(m.Raw, "Content-Length", "l"))
	_, body := split(m.Raw)
	if err != nil || stated == len(body) || stated >= 0 && stated < len(body) && strings.TrimSpace(body[stated:]) == "" {
		return
	}
	*out = &found{
		variant: ".length", evidence: r.refs(i),
		args: args(phrase.With("address", phrase.Clean(m.Remote)), phrase.Count("stated", stated), phrase.Count("actual", len(body))),
	}
}
