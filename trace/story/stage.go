package story

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// stage is how far the call request came: not sent, sent, 0 when nothing came back, 100, 18X, or a final answer with what came
// before it. Where events are missing, only what is there is stated: an answer may be among those that are not.
func (r *record) stage() Fact {
	x := r.opening()
	if x == nil {
		return r.stageUnseen()
	}
	before := r.provisional(x)
	whole := trace.Summarize(r.views[x.view].Events).Missing == 0
	switch {
	case x.final >= 0 && !r.gaveUp(x):
		final := phrase.With("status", strconv.Itoa(x.status))
		if before == 0 {
			return Fact{Value: r.say("stage.final"), Note: r.say("stage.final.note", final)}
		}
		return Fact{Value: r.say("stage.final"), Note: r.say("stage.final.note.after", final, phrase.With("before", strconv.Itoa(before)))}
	case !whole:
		return Fact{}
	case before > 100:
		return Fact{Value: r.say("stage.18X"), Note: statusLine(before)}
	case before == 100:
		return Fact{Value: r.say("stage.100"), Note: Meaning(before, r.lang)}
	case r.ending() == stillUp:
		return Fact{Value: r.say("stage.sent"), Note: r.say("stage.sent.note")}
	default:
		return Fact{Value: r.say("stage.0"), Note: r.say("stage.0.note")}
	}
}

// gaveUp tells whether the final answer is that to a CANCEL after which the call still counts as unanswered.
func (r *record) gaveUp(x *exchange) bool {
	e, ok := r.end()
	return ok && x.status == 487 && e.LastResponse < 200
}

// stageUnseen is the stage of a call whose request no device has on record.
func (r *record) stageUnseen() Fact {
	if how := r.ending(); how == blockedHere || how == noReply && r.unsent() {
		return Fact{Value: r.say("stage.unsent")}
	}
	return Fact{}
}

// provisional is the last provisional response to a request that said more than the others: 100 only when there was no other; 0 when
// there was none.
func (r *record) provisional(x *exchange) int {
	best := 0
	of := keyOf(x.view, x.sent, x.message)
	for _, l := range r.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok || m.IsRequest() || m.Method != "INVITE" || m.Status >= 200 || m.Status == 199 || l.View != x.view {
			continue
		}
		if sent := l.Event.Kind == trace.SIPReceived; keyOf(l.View, sent, m) == of && (m.Status > 100 || best == 0) {
			best = m.Status
		}
	}
	return best
}
