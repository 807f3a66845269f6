package story

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// holding tells every hold: who asked, whether it was granted, how long it lasted, who ended it.
func (t *teller) holding() []Step {
	out := make([]Step, 0, 2*len(t.holds))
	for _, h := range t.holds {
		who, other := t.who(t.party(h.view, h.by)), phrase.With("other", t.party(h.view, opposite(h.by)).Name)
		switch {
		case t.suspends(h): // told by the device whose terminal was away
			continue
		case h.confirmed >= 0:
			out = append(out, t.held(h, who, other))
		case h.requested >= 0 && len(h.refused) == 0:
			out = append(out, t.step(StepHeld, glyphHold, t.at(h.requested), t.say("step.hold.asked", who, other), h.requested))
		}
		for _, i := range h.refused {
			out = append(out, t.holdRefused(h, i, who, other))
		}
		if h.resumed >= 0 {
			out = append(out, t.resumed(h, who, other))
		}
		if h.expired >= 0 {
			out = append(out, t.expired(h, who, other))
		}
	}
	return out
}

func opposite(s trace.Side) trace.Side {
	if s == trace.Local {
		return trace.Remote
	}
	return trace.Local
}

func (t *teller) held(h *hold, who, other phrase.Arg) Step {
	d, _ := t.all[h.confirmed].Event.Data.(trace.Hold)
	at := t.at(h.confirmed)
	if h.offer != nil {
		at = t.at(h.offer.request)
	}
	s := t.step(StepHeld, glyphHold, at, t.say("step.hold", who, other),
		append([]int{h.confirmed, h.requested}, messages(h.offer, h.tried)...)...)
	s.Detail = list(t.offerDetail(h.offer, d), t.waited(h, at), t.triedAgain(h.tried))
	from, to, open := t.span(h)
	return t.lasting(s, to-from, open)
}

// waited says that a hold was asked for before it could be offered, and for what it waited.
func (t *teller) waited(h *hold, at time.Duration) string {
	if h.requested < 0 {
		return ""
	}
	late := at - t.at(h.requested)
	took := t.took("took", late)
	switch d, _ := t.all[h.requested].Event.Data.(trace.Hold); {
	case d.Reason == "" && (len(h.tried) == 0 || late < noticeable):
		return ""
	case d.Reason == trace.HoldWaitsForAnswer && t.answered >= 0 && at >= t.at(t.answered):
		return t.say("detail.hold.waited.answer", took)
	case d.Reason == trace.HoldWaitsForTerminal:
		return t.say("detail.hold.waited.terminal", took)
	}
	return t.say("detail.hold.waited", took)
}

// noticeable is a delay that a person who presses a key notices.
const noticeable = 100 * time.Millisecond

// triedAgain says what was refused before it was granted: for the moment, as where both sides changed the call at once, or as a
// method that the other side does not take. None of that is a failure.
func (t *teller) triedAgain(tried []*exchange) string {
	var said []string
	for _, x := range tried {
		one := t.say("detail.tried-again", phrase.With("method", x.title()), phrase.With("status", strconv.Itoa(x.status)),
			phrase.With("meaning", Meaning(x.status, t.lang)))
		if !slices.Contains(said, one) {
			said = append(said, one)
		}
	}
	return list(said...)
}

// messages are those of an exchange, and of others before it.
func messages(x *exchange, before []*exchange) []int {
	indexes := x.indexes()
	for _, b := range before {
		indexes = append(indexes, b.indexes()...)
	}
	return indexes
}

func (t *teller) resumed(h *hold, who, other phrase.Arg) Step {
	d, _ := t.all[h.resumed].Event.Data.(trace.Hold)
	at := t.at(h.resumed)
	if h.resume != nil && h.resume != h.offer {
		at = t.at(h.resume.request)
	}
	s := t.step(StepHeld, glyphResume, at, t.say("step.resume"+when(h.also, ".also"), who, other),
		append([]int{h.resumed}, messages(h.resume, h.retried)...)...)
	s.Detail = list(t.offerDetail(h.resume, d), t.triedAgain(h.retried))
	return s
}

// offerDetail is the line for readers who know SIP: "re-INVITE, sendonly, accepted in 31 ms".
func (t *teller) offerDetail(x *exchange, d trace.Hold) string {
	method, direction, accepted := phrase.Clean(d.Method), phrase.Clean(string(d.Direction)), ""
	if x != nil {
		method = x.title()
		if x.message.SDP != "" {
			direction = phrase.Clean(string(x.message.SDP))
		}
		if strings.Contains(x.message.Raw, "\nc=IN IP4 "+zeroAddress) { // that holds, whatever the direction says
			direction = list(direction, zeroAddress)
		}
		if took, ok := t.tookOf(x); ok && x.status < 300 {
			accepted = t.say("detail.accepted", t.took("took", took))
		}
	}
	return list(method, direction, accepted)
}

// zeroAddress is the hold of RFC 2543.
const zeroAddress = "0.0.0.0"

// holdRefused is no failure of the call: the session stays as it was (RFC 3261 section 14.1, RFC 6141 section 3).
func (t *teller) holdRefused(h *hold, i int, who, other phrase.Arg) Step {
	d, _ := t.all[i].Event.Data.(trace.Hold)
	if d.GivenUp() {
		key := "step.hold.ended"
		if d.Reason == trace.HoldTakenBack {
			key = "step.hold.taken-back"
		}
		return t.step(StepHeld, glyphHold, t.at(earlier(h.requested, i)), t.say(key, who, other), i, h.requested)
	}
	at, key := t.at(i), "step.hold.refused"
	if h.confirmed >= 0 && h.confirmed < i {
		key = "step.resume.refused"
	}
	if t.fatal(i) {
		at, key = min(at, t.endAt()), key+".lost"
	}
	s := t.step(StepHeld, glyphBad, at, t.say(key, who, other), append([]int{i, h.requested}, h.offer.indexes()...)...)
	if d.Status > 0 {
		s.Detail = list(phrase.Clean(d.Method), strconv.Itoa(d.Status)+" "+Meaning(d.Status, t.lang))
	}
	return s
}

// expired tells of a hold that lasted for longer than this side allows: it ends the call.
func (t *teller) expired(h *hold, who, other phrase.Arg) Step {
	return t.step(StepBad, glyphBad, min(t.at(h.expired), t.endAt()), t.say("step.hold.expired", who, other), h.expired)
}

// earlier is the first of two events of which the first may be none.
func earlier(first, second int) int {
	if first >= 0 {
		return first
	}
	return second
}
