package story

import (
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ackTime is how long an answer waits for its ACK: 64*T1 with the default T1 of 500 ms (RFC 3261 sections 13.3.1.4,
// 17.1.1.1).
const ackTime = 32 * time.Second

// How far from ackTime an end may be: where nothing else shows that the ACK was missed, and where something does, as the
// first copy of the 200 may have been lost.
const (
	ackSlack      = 500 * time.Millisecond
	ackSlackKnown = 3 * time.Second
)

// ruleCutAt32 finds a call that the other side ended when the time for an ACK was over. Where the one who waited for the ACK
// is a view, no-ack tells it.
var ruleCutAt32 = rule{code: "cut-at-32s", severity: Problem, find: func(r *record) []found {
	if len(r.unconfirmed()) > 0 {
		return nil
	}
	for _, x := range r.exchanges {
		if x.message.Method != "INVITE" || x.message.InDialog() || x.status/100 != 2 || !x.sent && x.ack < 0 {
			continue
		}
		if bye := r.byeTo(x.view); bye != nil {
			if f, ok := r.cutAt32(x, bye); ok {
				return []found{f}
			}
		}
	}
	return nil
}}

// unheardACK tells whether the other side is known to have ended the call because it got no ACK: nobody hung up.
func (r *record) unheardACK() bool {
	f := ruleCutAt32.find(r)
	return len(f) > 0 && f[0].severity == ""
}

// byeTo is the BYE that a view received first.
func (r *record) byeTo(view int) *exchange {
	for _, x := range r.exchanges {
		if x.view == view && x.message.Method == "BYE" && !x.sent {
			return x
		}
	}
	return nil
}

func (r *record) cutAt32(x, bye *exchange) (found, bool) {
	after := r.all[bye.request].At.Sub(r.all[x.final].At)
	off := (after - ackTime).Abs()
	evidence := append(append([]int{x.final}, x.finalAgain...), x.ack, bye.request)
	f := found{
		evidence: r.refs(evidence...),
		args: args(r.who(r.local(x.view)), phrase.With("other", r.remote(x.view).Name), r.took("took", after),
			phrase.Count("n", len(x.finalAgain)+1)),
	}
	switch again := len(x.finalAgain) > 1 && x.sent; {
	case off > ackSlackKnown:
		return f, false
	case x.sent && x.ack < 0 && again && r.whole(x.view):
		f.variant = ".none"
	case again && x.ack >= 0: // more than one: a copy may have crossed the ACK
	case strings.Contains(strings.Join(fields(bye.message.Raw, "Reason", ""), " "), "ACK"):
		f.variant = ".said"
	case off <= ackSlack && x.ack >= 0 && !r.otherTells(x.view) && r.endedBy32(x.view):
		f.variant, f.severity = ".perhaps", Warning
	default:
		return f, false
	}
	return f, true
}

// endedBy32 tells whether a view's call was ended by the other side, and says no other cause than a normal one.
func (r *record) endedBy32(view int) bool {
	for _, l := range r.all {
		if e, ok := l.Event.Data.(trace.Ended); ok && l.View == view {
			return e.Side == trace.Remote && (e.Q850 == 0 || e.Q850 == 16 || e.Q850 == 102)
		}
	}
	return false
}

// otherTells tells whether the device at the other end of a view is a view as well, and would know what ended the call.
func (r *record) otherTells(view int) bool {
	for v := range r.views {
		if r.outgoing[v] != r.outgoing[view] {
			return true
		}
	}
	return false
}

// whole tells that no event of a view is known to be missing, so that what is not there did not happen.
func (r *record) whole(view int) bool {
	for _, g := range r.gaps {
		if g.view == view {
			return false
		}
	}
	return true
}
