package story

import (
	"slices"
	"strconv"
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// noCodec is how the agent says that two descriptions have no codec in common; it stands in reasons and in Warning 305.
const noCodec = "no codec in common"

// ruleCodec finds a call that failed because of what was offered: an answer that takes none of the codecs, or a refusal with
// 488, 606 or 415 (RFC 3261 sections 21.4.26, 21.6.4, 21.4.13). A refusal alone does not prove that it was the codecs.
var ruleCodec = rule{code: "codec-mismatch", severity: Problem, find: func(r *record) []found {
	x := r.opening()
	if x == nil || x.final < 0 {
		return nil
	}
	res, _ := r.all[x.final].Event.Data.(trace.SIP)
	offered, hasOffer := describeSession(x.message.Raw)
	listed, _ := describeSession(res.Raw)
	evidence := []int{x.request, x.final}
	if x.status/100 == 2 && !hasOffer && x.ack >= 0 { // the answer is in the ACK (RFC 3261 section 13.2.1)
		ack, _ := r.all[x.ack].Event.Data.(trace.SIP)
		offered = listed
		listed, _ = describeSession(ack.Raw)
		evidence = append(evidence, x.ack)
	}
	f := found{
		evidence: r.refs(evidence...),
		args: args(phrase.With("offered", codecs(offered.codecs)), phrase.With("listed", codecs(listed.codecs)),
			phrase.With("status", strconv.Itoa(x.status)), phrase.With("meaning", Meaning(x.status, r.lang)),
			phrase.With("type", phrase.Clean(field(x.message.Raw, "Content-Type", "c")))),
	}
	switch {
	case x.status != 488 && x.status != 606 && x.status != 415 && x.status/100 != 2:
		return nil
	case len(offered.codecs) > 0 && len(listed.codecs) > 0 && disjoint(offered.codecs, listed.codecs):
	case x.status/100 == 2:
		return nil
	case len(offered.codecs) > 0 && r.saysNoCodec(res.Raw):
		f.variant = ".said"
	case x.status == 415 && field(x.message.Raw, "Content-Type", "c") != "":
		f.variant = ".type"
	case x.status != 415 && len(offered.codecs) > 0:
		f.variant, f.severity = ".refused", Warning
	default:
		return nil
	}
	return []found{f}
}}

// codecs lists names as people know them.
func codecs(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, Codec(n))
	}
	return strings.Join(out, ", ")
}

func disjoint(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// saysNoCodec tells whether the side that refused says that it was the codecs: by Warning 305, incompatible media format (RFC 3261
// section 20.43), or as the reason of the end on its own device.
func (r *record) saysNoCodec(raw string) bool {
	for _, w := range fields(raw, "Warning", "") {
		if strings.HasPrefix(w, "305 ") {
			return true
		}
	}
	return slices.ContainsFunc(r.all, func(l trace.Located) bool {
		e, ok := l.Event.Data.(trace.Ended)
		return ok && strings.Contains(e.Reason, noCodec)
	})
}
