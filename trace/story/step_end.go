package story

import (
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// closing tells how the call ended, and by what.
func (t *teller) closing() []Step {
	how := t.ending()
	if how == stillUp {
		return nil
	}
	if how == cutByAgent {
		return t.cut()
	}
	sentence, class, glyph := t.endWords(how)
	evidence := []int{t.ended}
	if how == blockedHere {
		evidence = []int{t.blocked, t.ended}
	}
	if how == deflected {
		evidence = []int{t.deflection(), t.ended}
	}
	x := t.closingExchange(how)
	evidence = append(evidence, x.indexes()...)
	if end, _ := t.end(); how == hungUp || how == cancelled {
		evidence = append(evidence, t.hookNear(t.endAt(), trace.OnHook, t.party(t.endView(), end.Side)))
	}
	s := t.step(class, glyph, max(t.endAt(), t.transferredBefore(x)), sentence, evidence...)
	s.Detail = t.endDetail(how, x)
	return []Step{s}
}

// transferredBefore is just behind the transfer that a device hung up for. It counts the call as over from what made it hang up, and
// that it writes down a moment later.
func (t *teller) transferredBefore(x *exchange) (at time.Duration) {
	if x == nil || !x.sent || x.request < 0 {
		return 0
	}
	for i, l := range t.all {
		if l.View == x.view && l.Event.Kind == trace.TransferDone && t.at(i) <= t.at(x.request) {
			at = t.at(i) + time.Microsecond
		}
	}
	return at
}

func (t *teller) endWords(how ending) (sentence string, class StepClass, glyph string) {
	end, _ := t.end()
	view := t.endView()
	switch how {
	case hungUp:
		sentence = t.endSentence(how)
		if other, _ := t.timedOut(); other >= 0 || t.unheardACK() { // else it begins with a name, which stays as it is
			sentence = phrase.Upper(sentence)
		}
	case cutByNet, cutByTimer:
		sentence = phrase.Upper(t.endSentence(how))
	case notAnswered:
		sentence = t.say("step.no-answer"+t.suffix(end.Side == trace.Timer, ".timer"), t.who(t.local(view)))
	case refused:
		sentence = strings.TrimSuffix(t.tellRefused(), ".")
	case wasBusy:
		sentence = t.say("step.busy." + t.oneOf("486", "600"))
	case declined:
		sentence = t.say("step.declined." + t.oneOf("603", "607"))
	case deflected:
		sentence = t.say("step.deflected", t.who(t.local(view)), phrase.With("to", t.deflectedTo()))
	case cancelled:
		sentence = t.say("step.cancelled"+t.suffix(t.elsewhere(), ".elsewhere"), t.who(t.local(view)))
	default:
		key := "step." + string(how) + t.suffix(how == noReply && t.unsent(), ".unsent") +
			t.suffix(how == noReply && !t.unsent() && t.undelivered(), ".undelivered")
		sentence = t.say(key, t.who(t.local(view)), phrase.With("number", t.blockedNumber()))
	}
	switch classes[how] {
	case Good:
		return sentence, StepEnd, glyphEnd
	case Missed:
		return sentence, StepEnd, glyphMissed
	default:
		return sentence, StepBad, glyphBad
	}
}

// closingExchange is the exchange that ended the call, nil when none did.
func (t *teller) closingExchange(how ending) *exchange {
	method := "BYE"
	switch how {
	case blockedHere:
		return nil
	case cancelled, notAnswered:
		method = "CANCEL"
	case wasBusy, declined, deflected, refused, noReply, givenUp:
		return t.opening()
	default:
	}
	var found *exchange
	for _, x := range t.exchanges {
		if x.message.Method == method && (found == nil || x.view < found.view) {
			found = x
		}
	}
	if found == nil && method == "CANCEL" {
		return t.opening()
	}
	return found
}

func (t *teller) endDetail(how ending, x *exchange) string {
	end, _ := t.end()
	switch how {
	case blockedHere:
		return t.say("detail.never-left")
	case cancelled, notAnswered:
		if x != nil && x.message.Method == "CANCEL" {
			return t.say("detail.cancel" + t.suffix(t.openingStatus() == 487, ".487"))
		}
	case noReply:
		if x != nil {
			return t.say("detail.no-reply", phrase.Count("n", 1+len(x.again)), phrase.With("address", phrase.Clean(x.message.Remote)))
		}
	default:
	}
	if x == nil {
		return t.wording(phrase.Clean(end.Reason))
	}
	if x.message.Method == "BYE" {
		if took, ok := t.tookOf(x); ok {
			return t.say("detail.bye", phrase.With("status", strconv.Itoa(x.status)), t.took("took", took))
		}
		return "BYE"
	}
	if end.LastResponse > 0 && end.LastResponse < 700 {
		return statusLine(end.LastResponse)
	}
	return ""
}

func (t *teller) openingStatus() int {
	if x := t.opening(); x != nil {
		return x.status
	}
	return 0
}

// statusLine is a status as it stands in a message: "486 Busy Here".
func statusLine(status int) string {
	if s, ok := phrase.StatusOf(strconv.Itoa(status)); ok {
		return s.Code + " " + s.Phrase
	}
	return strconv.Itoa(status)
}

// cut tells of an agent that stopped in the middle, and how the other device then saw the end.
func (t *teller) cut() []Step {
	stopped := t.all[t.stopped]
	d, _ := stopped.Event.Data.(trace.Stopped)
	ended := -1
	if t.ended >= 0 && t.all[t.ended].View == stopped.View {
		ended = t.ended
	}
	s := t.step(StepBad, glyphBad, t.endAt(), t.say("step.stopped", t.who(t.local(stopped.View))), t.stopped, ended)
	if d.Reason == trace.StoppedByCut {
		s.Detail = t.say("detail.stopped.cut")
	}
	out := []Step{s}
	for i, l := range t.all {
		e, ok := l.Event.Data.(trace.Ended)
		if !ok || l.View == stopped.View {
			continue
		}
		at := t.startOf(l.View) + e.TotalUS.Duration()
		out = append(out, t.step(StepEnd, glyphEnd, max(at, time.Duration(0)), t.seenEnd(l.View, e), i))
	}
	return out
}

// seenEnd is the end as another device saw it.
func (t *teller) seenEnd(view int, e trace.Ended) string {
	switch e.Side {
	case trace.Network:
		return t.say("step.end.seen.network", t.who(t.local(view)))
	case trace.Timer:
		return t.say("step.end.seen.timer", t.who(t.local(view)))
	case trace.Local, trace.Remote:
	}
	return t.say("end.hungup", t.who(t.party(view, e.Side)))
}
