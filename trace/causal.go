package trace

import (
	"strconv"
	"time"
)

// EventRef names one event of one device: the evidence of a sentence, and what a page selects.
type EventRef struct {
	Device string `json:"device"`
	Boot   Boot   `json:"boot"`
	Seq    uint64 `json:"seq"`
}

// ID writes the reference so that it can be an HTML id or part of a URL.
func (r EventRef) ID() string {
	return r.Device + "." + r.Boot.String() + "." + strconv.FormatUint(r.Seq, 10)
}

// Located is an event in its place among all that the devices of a call saw.
type Located struct {
	View  int // index of the view it comes from
	Ref   EventRef
	At    time.Time // on the clock of the first view, estimated where the event is another device's
	Pair  int       // index of the other end's event of the same message, -1 when no other view has it
	Own   bool      // from View.Around: the device's own, and no part of the call
	Event Event
}

// Merge puts the events of all views into one causal order: each device's own order is kept, and a message is sent
// before it is received, whatever the clocks say. Where neither decides, the estimated time does.
func Merge(views []View) []Located {
	all, _ := MergeAligned(views)
	return all
}

// MergeAligned is Merge, with the estimate of each view's clock that the times were put right by. The first is zero: its
// clock is the measure.
func MergeAligned(views []View) ([]Located, []Alignment) {
	nodes, starts := flatten(views)
	if len(views) == 1 {
		return nodes, []Alignment{{Known: true}}
	}
	pairs := pairUp(nodes)
	after := follow(nodes, pairs, len(views))
	alignment := align(views, nodes, after)
	for i := range nodes {
		nodes[i].At = nodes[i].At.Add(-alignment[nodes[i].View].Ahead)
	}
	if pairByTime(nodes, pairs) {
		after = follow(nodes, pairs, len(views))
	}
	return order(nodes, starts, pairs, after), alignment
}

// flatten lists all events, view by view, with times taken from the monotonic clock of each run. starts[v] is where
// view v begins; one more entry closes the last.
func flatten(views []View) (nodes []Located, starts []int) {
	total := 0
	for _, v := range views {
		total += len(v.Events) + len(v.Around)
	}
	nodes = make([]Located, 0, total)
	starts = append(starts, 0)
	for i, v := range views {
		anchors := map[Boot]Event{}
		for e, own := range v.All() {
			anchor, known := anchors[e.Boot]
			if !known {
				anchor = anchorOf(v.Events, e)
				anchors[e.Boot] = anchor
			}
			nodes = append(nodes, Located{
				View: i, Pair: -1, Own: own, Event: e, Ref: EventRef{Device: v.Device, Boot: e.Boot, Seq: e.Seq},
				At: anchor.At.Add(e.Mono - anchor.Mono),
			})
		}
		starts = append(starts, len(nodes))
	}
	return nodes, starts
}

// anchorOf picks the event whose wall-clock time the others of its run are told from: the start of the call, else the
// first event of the call there is. A step of the wall clock in the middle of a call then moves nothing.
func anchorOf(events []Event, first Event) Event {
	known := false
	for _, e := range events {
		switch {
		case e.Boot != first.Boot:
		case e.Kind == CallInitiated:
			return e
		case !known:
			first, known = e, true
		}
	}
	return first
}

// order merges the views. A receive waits for its send; when everything waits, as only damaged input can make it, the
// earliest goes first.
func order(nodes []Located, starts, pairs, after []int) []Located {
	heads := make([]int, len(starts)-1)
	copy(heads, starts)
	place := make([]int, len(nodes)) // index in the result, plus one; 0 while waiting
	out := make([]Located, 0, len(nodes))
	for len(out) < len(nodes) {
		next := choose(nodes, starts, heads, func(i int) bool {
			return after[i] >= 0 && place[after[i]] == 0
		})
		if next < 0 {
			next = choose(nodes, starts, heads, func(int) bool { return false })
		}
		heads[nodes[next].View]++
		place[next] = len(out) + 1
		out = append(out, nodes[next])
	}
	for i, p := range pairs {
		if p >= 0 {
			out[place[i]-1].Pair = place[p] - 1
		}
	}
	return out
}

// choose gives the earliest head that need not wait, or -1.
func choose(nodes []Located, starts, heads []int, waits func(int) bool) int {
	best := -1
	for v, h := range heads {
		if h == starts[v+1] || waits(h) {
			continue
		}
		if best < 0 || nodes[h].At.Before(nodes[best].At) {
			best = h
		}
	}
	return best
}
