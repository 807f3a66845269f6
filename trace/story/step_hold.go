package story

import (
	"strconv"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// holding tells every hold: who asked, whether it was granted, how long it lasted, who ended it.
func (t *teller) holding() []Step {
	var out []Step
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
		append([]int{h.confirmed, h.requested}, h.offer.indexes()...)...)
	s.Detail = list(t.offerDetail(h.offer, d), t.waited(h, at))
	from, to, open := t.span(h)
	return t.lasting(s, to-from, open)
}

// waited says that a hold was asked for before it could be offered: before the answer, where nothing could carry it.
func (t *teller) waited(h *hold, at time.Duration) string {
	if h.requested < 0 {
		return ""
	}
	if d, _ := t.all[h.requested].Event.Data.(trace.Hold); d.Reason == "" {
		return ""
	}
	return t.say("detail.hold.waited", t.took("took", at-t.at(h.requested)))
}

func (t *teller) resumed(h *hold, who, other phrase.Arg) Step {
	d, _ := t.all[h.resumed].Event.Data.(trace.Hold)
	at := t.at(h.resumed)
	if h.resume != nil && h.resume != h.offer {
		at = t.at(h.resume.request)
	}
	s := t.step(StepHeld, glyphResume, at, t.say("step.resume", who, other),
		append([]int{h.resumed}, h.resume.indexes()...)...)
	s.Detail = t.offerDetail(h.resume, d)
	if h.also {
		s.Detail = list(s.Detail, t.say("detail.still-held", other))
	}
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
		if took, ok := t.tookOf(x); ok && x.status < 300 {
			accepted = t.say("detail.accepted", t.took("took", took))
		}
	}
	return list(method, direction, accepted)
}

// holdRefused is no failure of the call: the session stays as it was (RFC 3261 section 14.1, RFC 6141 section 3).
func (t *teller) holdRefused(h *hold, i int, who, other phrase.Arg) Step {
	d, _ := t.all[i].Event.Data.(trace.Hold)
	if d.Reason == trace.HoldCallEnded {
		return t.step(StepHeld, glyphHold, t.at(earlier(h.requested, i)), t.say("step.hold.ended", who, other), i, h.requested)
	}
	key := "step.hold.refused"
	if h.confirmed >= 0 && h.confirmed < i {
		key = "step.resume.refused"
	}
	s := t.step(StepHeld, glyphBad, t.at(i), t.say(key, who, other), i, h.requested)
	if d.Status > 0 {
		s.Detail = list(phrase.Clean(d.Method), strconv.Itoa(d.Status)+" "+Meaning(d.Status, t.lang))
	}
	return s
}

// earlier is the first of two events of which the first may be none.
func earlier(first, second int) int {
	if first >= 0 {
		return first
	}
	return second
}
