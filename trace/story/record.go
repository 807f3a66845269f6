package story

import (
	"slices"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// record is what the events say, gathered in one pass, before anything is put into words. Indexes are into all; -1 is
// none.
type record struct {
	lang   Lang
	views  []trace.View
	clocks []trace.Alignment
	all    []trace.Located // causal order

	start          time.Time     // of call.initiated in the first view
	over           time.Duration // when the call ended, since start, or the last that is known of it
	caller, callee Person
	outgoing       []bool            // by view: its device placed the call
	seats          map[string]Person // by number: who is at a called device that is not the callee's

	initiated, progress, ringing, answered, ended, blocked int // the first of its kind, in the first view that has it
	stopped                                                int // the agent stopped in the middle of the call

	forwards  []int // by redirection, to the next target
	holds     []*hold
	exchanges []*exchange

	suspensions []*suspension

	begins []int                   // by view: its call.initiated
	proof  map[trace.EventRef]bool // the evidence of the findings

	gaps    []gap
	quality []int // by view: its last media.quality
	stream  []int // by view: its last media.stopped, or what came closest
}

func read(views []trace.View, lang Lang) *record {
	all, clocks := trace.MergeAligned(views)
	r := &record{
		lang: lang, views: views, clocks: clocks, all: all,
		quality: fill(len(views)), stream: fill(len(views)), begins: fill(len(views)), outgoing: make([]bool, len(views)),
	}
	r.findStart()
	r.findBegins()
	r.forwards = r.findForwards()
	r.findParties()
	r.initiated, r.progress, r.ringing = r.first(trace.CallInitiated), r.first(trace.CallProgress), r.first(trace.CallRinging)
	r.answered, r.ended = r.first(trace.CallAnswered), r.first(trace.CallEnded)
	r.blocked, r.stopped = r.first(trace.RouteBlocked), r.findStopped()
	r.over = r.findEnd()
	r.readExchanges()
	r.readHolds()
	r.readSuspensions()
	r.readMedia()
	r.gaps = r.findGaps()
	return r
}

func fill(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = -1
	}
	return s
}

// first finds the first event of a kind in the first view that has one.
func (r *record) first(kind trace.Kind) int {
	best := -1
	for i, l := range r.all {
		if l.Event.Kind == kind && (best < 0 || l.View < r.all[best].View) {
			best = i
		}
	}
	return best
}

// findStopped finds where the agent stopped in the middle of this call: the event of the device at large has no call.
func (r *record) findStopped() int {
	best := -1
	for i, l := range r.all {
		if l.Event.Kind == trace.AgentStopped && l.Event.Call != "" && (best < 0 || l.View < r.all[best].View) {
			best = i
		}
	}
	return best
}

func (r *record) findStart() {
	for i, l := range r.all {
		if l.View == 0 && l.Event.Kind == trace.CallInitiated {
			r.start = r.all[i].At
			return
		}
	}
	for _, l := range r.all {
		if !l.Own && (l.View == 0 || r.start.IsZero()) {
			r.start = l.At
			if l.View == 0 {
				return
			}
		}
	}
}

// at is when an event happened, since the start of the call.
func (r *record) at(i int) time.Duration { return r.all[i].At.Sub(r.start) }

func (r *record) ref(i int) trace.EventRef { return r.all[i].Ref }

// refs names events, leaving out what is none.
func (r *record) refs(indexes ...int) []trace.EventRef {
	out := make([]trace.EventRef, 0, len(indexes))
	for _, i := range indexes {
		if i >= 0 {
			out = append(out, r.ref(i))
		}
	}
	return out
}

// end is the payload of call.ended, and whether it is known. Its side is that of the view that has it.
func (r *record) end() (trace.Ended, bool) {
	if r.ended < 0 {
		return trace.Ended{}, false
	}
	e, ok := r.all[r.ended].Event.Data.(trace.Ended)
	return e, ok
}

// endAt is the moment that ended the call, or the last that is known of it.
func (r *record) endAt() time.Duration { return r.over }

func (r *record) findEnd() time.Duration {
	if e, ok := r.end(); ok {
		return r.startOf(r.all[r.ended].View) + e.TotalUS.Duration()
	}
	last := time.Duration(0)
	for i, l := range r.all {
		if l.Event.Call != "" && l.Event.Kind != trace.AgentStopped {
			last = max(last, r.at(i))
		}
	}
	return last
}

// startOf is when a view's own call.initiated was: a called device hears of the call a little later.
func (r *record) startOf(view int) time.Duration {
	if i := r.begins[view]; i >= 0 {
		return r.at(i)
	}
	return 0
}

// findBegins finds each view's call.initiated.
func (r *record) findBegins() {
	for i, l := range r.all {
		if l.Event.Kind == trace.CallInitiated && r.begins[l.View] < 0 {
			r.begins[l.View] = i
		}
	}
}

// alerted is the first event that says that the other side, or the network before it, works on the call; -1 for none.
func (r *record) alerted() int {
	switch {
	case r.progress < 0:
		return r.ringing
	case r.ringing < 0 || r.progress < r.ringing:
		return r.progress
	default:
		return r.ringing
	}
}

// local and remote are the parties of a view: who uses the device, and who is at the other end.
func (r *record) local(view int) Person {
	if r.outgoing[view] {
		return r.caller
	}
	if p, ok := r.seats[phrase.User(initiatedOf(r.views[view]).Account)]; ok {
		return p
	}
	return r.callee
}

func (r *record) remote(view int) Person {
	if r.outgoing[view] {
		return r.reached(len(r.all))
	}
	return r.caller
}

// reached is whom the call had come to before an event: who was called, or the target of the last redirection that was
// followed. A 305 leads to the same one by another way.
func (r *record) reached(before int) Person {
	for _, i := range slices.Backward(r.forwards) {
		if d, _ := r.all[i].Event.Data.(trace.Forward); i < before {
			if p, ok := r.seats[phrase.User(d.To.URI)]; ok {
				return p
			}
			return Person{Name: partyName(d.To), Number: phrase.User(d.To.URI)}
		}
	}
	return r.callee
}

// findForwards finds where the call went on to somebody else whom the trace names.
func (r *record) findForwards() []int {
	var found []int
	for i, l := range r.all {
		if d, ok := l.Event.Data.(trace.Forward); ok && d.By != nil && d.Status != 305 && partyName(d.To) != "" {
			found = append(found, i)
		}
	}
	return found
}

// party is who a side of a view is. Network and Timer are nobody.
func (r *record) party(view int, side trace.Side) Person {
	switch side {
	case trace.Local:
		return r.local(view)
	case trace.Remote:
		return r.remote(view)
	case trace.Network, trace.Timer:
	}
	return Person{}
}

// say fills in a sentence; {caller} and {callee}, whom the call has come to, are always at hand.
func (r *record) say(key string, args ...phrase.Arg) string {
	return r.lang.Say(key, append(args, phrase.With("caller", r.caller.Name), phrase.With("callee", r.reached(len(r.all)).Name))...)
}

func (r *record) took(name string, d time.Duration) phrase.Arg {
	return phrase.With(name, r.lang.Duration(d))
}
