package trace

import (
	"iter"
	"slices"
	"time"
)

// aroundBefore is how long before a call the device's own events can have to do with it. What is known of a line counts
// however old it is.
const aroundBefore = time.Minute

// maxAround bounds the own events of one view: a link that has no rest must not bury the call.
const maxAround = 1024

// surrounds are the kinds of a device's own events that a call may have to do with.
var surrounds = map[Kind]bool{
	LineRegistering: true, LineRegistered: true, LineFailed: true, LineUnregistered: true,
	DeviceLink: true, DeviceFault: true, DeviceHandset: true, ClockStepped: true,
	AgentStarted: true, AgentStopped: true, AgentConfig: true, AgentUpdate: true, AgentGap: true,
}

// Around chooses from a device's own events, in the device's order, those that belong around one call of the device: of each
// line what was known when the call began, everything that may matter from a minute before the call to its end, and what the
// device said of losses that may have hit either. Events of another run than the call's are left out, as nothing tells how
// far apart the two are; but a loss is often found by the next run.
func Around(own, call []Event) []Event {
	if len(call) == 0 {
		return nil
	}
	first, last := call[0], map[Boot]uint64{} // last: by run of the call, its last event there
	for _, e := range call {
		last[e.Boot] = max(last[e.Boot], e.Seq)
		if e.Boot == first.Boot && e.Seq < first.Seq {
			first = e
		}
	}
	begins := 0 // how many of own may have come before the call
	for begins < len(own) && (own[begins].Boot != first.Boot || own[begins].Seq < first.Seq) {
		begins++
	}
	chosen := before(own[:begins], first.Boot, first.Mono)
	since := first.Seq
	for i := range chosen {
		since = min(since, own[i].Seq)
	}
	var out []Event
	for i, e := range own {
		reach, ours := last[e.Boot]
		ours = ours && e.Boot == first.Boot && e.Seq > first.Seq && (e.Seq < reach || len(last) > 1) // a run that was cut has told all it knew
		if gap, ok := e.Data.(Gap); ok {
			reach, ours = last[gap.Boot]
			ours = ours && gap.From <= reach && (gap.Boot != first.Boot || gap.To >= since)
		}
		if e.Call == "" && surrounds[e.Kind] && (ours || chosen[i]) && len(out) < maxAround {
			out = append(out, e)
		}
	}
	return out
}

// standing is what the events of one line say of its registration: indexes, -1 for none.
type standing struct{ registered, lost, last int }

// before chooses from a device's events those of one run that matter to a call which begins at a time of that run.
func before(own []Event, run Boot, at time.Duration) map[int]bool {
	lines, chosen := map[int]*standing{}, map[int]bool{}
	for i, e := range own {
		if e.Boot != run || e.Call != "" || !surrounds[e.Kind] {
			continue
		}
		if d, ok := e.Data.(Line); ok {
			if lines[d.Line] == nil {
				lines[d.Line] = &standing{registered: -1, lost: -1}
			}
			lines[d.Line].take(i, e.Kind, d)
		}
		if at-e.Mono <= aroundBefore && e.Kind != AgentGap {
			chosen[i] = true
		}
	}
	for _, s := range lines {
		for _, i := range []int{s.registered, s.lost, s.last} {
			if i >= 0 {
				chosen[i] = true
			}
		}
	}
	return chosen
}

func (s *standing) take(i int, kind Kind, d Line) {
	s.last = i
	switch {
	case kind == LineRegistered:
		s.registered, s.lost = i, -1
	case s.lost < 0 && d.Unbound(kind):
		s.lost = i
	}
}

// Own keeps, of a device's events as they come in, what Around may need for a call that begins later. The zero value is ready.
type Own struct {
	events []Event
	limit  int
}

// Add takes the next event of the device; events of calls are passed over.
func (o *Own) Add(e Event) {
	if e.Call != "" || !surrounds[e.Kind] {
		return
	}
	o.events = append(o.events, e)
	if len(o.events) <= o.limit {
		return
	}
	chosen := before(o.events, e.Boot, e.Mono)
	var kept []Event
	for i, old := range o.events {
		if gap, ok := old.Data.(Gap); chosen[i] || ok && gap.Boot == e.Boot {
			kept = append(kept, old)
		}
	}
	o.events, o.limit = kept, 2*len(kept)+64
}

// Events gives what Around may need of the past, for the caller to add to.
func (o *Own) Events() []Event { return slices.Clone(o.events) }

// All gives the events of the view and those around them in the order in which the device wrote them; own tells the latter.
func (v View) All() iter.Seq2[Event, bool] {
	return func(yield func(e Event, own bool) bool) {
		rank := map[Boot]int{}
		for _, e := range v.Events {
			if _, known := rank[e.Boot]; !known && len(v.Around) > 0 {
				rank[e.Boot] = len(rank)
			}
		}
		around := v.Around
		for _, e := range v.Events {
			for len(around) > 0 && writtenBefore(around[0], e, rank) {
				if !yield(around[0], true) {
					return
				}
				around = around[1:]
			}
			if !yield(e, false) {
				return
			}
		}
		for _, e := range around {
			if !yield(e, true) {
				return
			}
		}
	}
}

// writtenBefore tells whether an event came before another of the same device. Runs that rank does not know came last.
func writtenBefore(a, b Event, rank map[Boot]int) bool {
	ra, known := rank[a.Boot]
	rb := rank[b.Boot]
	return known && (ra < rb || ra == rb && a.Seq < b.Seq)
}
