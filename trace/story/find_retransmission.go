package story

import (
	"time"

	"sidetone/trace/phrase"
)

// ruleRetransmission finds requests that were sent more than once before an answer came: a packet was lost or late
// (RFC 3261 section 17.1). Requests that nothing ever came back for are another rule's.
var ruleRetransmission = rule{code: "retransmission", severity: Note, find: func(r *record) []found {
	repeated := r.repeated()
	if len(repeated) == 0 {
		return nil
	}
	var evidence []int
	copies := 0
	for _, x := range repeated {
		evidence = append(append(evidence, x.request), x.again...)
		copies += len(x.again)
	}
	if len(repeated) > 1 {
		return []found{{
			variant: ".many", evidence: r.refs(evidence...),
			args: args(phrase.Count("n", len(repeated)), phrase.Count("copies", copies)),
		}}
	}
	x := repeated[0]
	return []found{{
		evidence: r.refs(evidence...), variant: when(copies == 1, ".once"),
		args: args(phrase.With("message", phrase.Clean(x.title())), phrase.Count("n", copies+1), r.took("took", r.replyTime(x))),
	}}
}}

func (r *record) replyTime(x *exchange) time.Duration {
	return r.all[x.reply].At.Sub(r.all[x.request].At)
}

// repeated lists the requests that were sent again and then answered, each once: as its sender saw it where the sender
// is one of the views.
func (r *record) repeated() []*exchange {
	var out []*exchange
	for _, x := range r.exchanges {
		if len(x.again) == 0 || x.reply < 0 || (!x.sent && r.all[x.request].Pair >= 0) {
			continue
		}
		out = append(out, x)
	}
	return out
}
