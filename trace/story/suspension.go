package story

import (
	"slices"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// suspension is a stretch in which a terminal was away (RFC 3398 section 9). Indexes are into record.all; -1 is none.
type suspension struct {
	view, started int
	over          int // the terminal came back, or its time was over
	offer         *exchange
	resume        *exchange
}

// readSuspensions finds the suspensions that the devices tell of. The other side knows of a hold only.
func (r *record) readSuspensions() {
	open := map[int]*suspension{}
	for i, l := range r.all {
		switch s := open[l.View]; l.Event.Kind {
		case trace.SuspendStarted:
			s = &suspension{view: l.View, started: i, over: -1}
			open[l.View] = s
			r.suspensions = append(r.suspensions, s)
		case trace.SuspendResumed, trace.SuspendExpired:
			if s != nil {
				s.over = i
				delete(open, l.View)
			}
		default:
		}
	}
	for _, s := range r.suspensions {
		s.offer = r.offerAfter(s.view, s.started)
		if s.over >= 0 && r.all[s.over].Event.Kind == trace.SuspendResumed {
			s.resume = r.offerAfter(s.view, s.over)
		}
	}
}

// offerAfter is the exchange that carries what happened here, nil when there was none.
func (r *record) offerAfter(view, i int) *exchange {
	for _, x := range r.exchanges {
		if x.view == view && x.sent && x.midCall() && x.request > i && r.at(x.request)-r.at(i) < hookWithin {
			return x
		}
	}
	return nil
}

// stretch is the time that a suspension lasted; open when it still does.
func (r *record) stretch(s *suspension) (from, to time.Duration, open bool) {
	if s.over >= 0 {
		return r.at(s.started), r.at(s.over), false
	}
	return r.at(s.started), max(r.at(s.started), r.endAt()), r.ended < 0
}

// suspends tells whether a hold is how the other side has seen a suspension.
func (r *record) suspends(h *hold) bool {
	if h.confirmed < 0 {
		return false
	}
	who := r.party(h.view, h.by)
	return slices.ContainsFunc(r.suspensions, func(s *suspension) bool {
		return s.view != h.view && r.local(s.view) == who && (r.at(s.started)-r.at(h.confirmed)).Abs() < hookWithin
	})
}

// suspending tells every suspension: who went away, until when the call waits, and whether they came back.
func (t *teller) suspending() []Step {
	var out []Step
	for _, s := range t.suspensions {
		d, _ := t.all[s.started].Event.Data.(trace.Suspend)
		who := t.who(t.local(s.view))
		variant := when(d.Initiator == trace.SuspendByUser, ".user")
		timer := phrase.With("timer", phrase.Clean(d.Timer))
		cause := t.causeOf(s.started)
		left := t.took("left", d.Deadline.Sub(t.all[s.started].Event.At).Round(time.Second))
		step := t.step(StepHeld, glyphHold, t.at(s.started), t.say("kind.suspend.started"+variant, who, timer, left),
			append([]int{s.started, cause}, s.offer.indexes()...)...)
		step.Detail = t.carriedBy(s.offer)
		from, to, open := t.stretch(s)
		out = append(out, t.lasting(step, to-from, open))
		if s.over < 0 {
			continue
		}
		at, class, glyph := t.at(s.over), StepHeld, glyphResume
		if t.all[s.over].Event.Kind == trace.SuspendExpired {
			at, class, glyph = min(at, t.endAt()), StepBad, glyphBad
		}
		step = t.step(class, glyph, at, t.say("kind."+string(t.all[s.over].Event.Kind)+variant, who, timer),
			append([]int{s.over, t.causeOf(s.over)}, s.resume.indexes()...)...)
		step.Detail = t.carriedBy(s.resume)
		out = append(out, step)
	}
	return out
}

// causeOf finds what the person did that began or ended a suspension: the terminal, or the hook; -1 when it is not known.
func (t *teller) causeOf(i int) int {
	for j := i - 1; j >= 0 && t.at(i)-t.at(j) < hookWithin; j-- {
		if l := t.all[j]; l.View == t.all[i].View && (l.Event.Kind == trace.DeviceHandset || l.Event.Kind == trace.DeviceHook) {
			return j
		}
	}
	return -1
}

// carriedBy is the line for readers who know SIP: "UPDATE, inactive, accepted in 31 ms".
func (t *teller) carriedBy(x *exchange) string {
	if x == nil {
		return ""
	}
	return t.offerDetail(x, trace.Hold{})
}
