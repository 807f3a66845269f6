package sqlite

import (
	"cmp"
	"slices"

	"sidetone/trace"
)

// inDeviceOrder sorts the events of one call on one device as the device wrote them. n says so across boots too: a call
// that was cut by a power failure is closed by the next boot. An event without n, which only a foreign agent writes,
// stays behind the event that came in before it.
func inDeviceOrder(events []trace.Event) {
	type numbered struct {
		n int
		e trace.Event
	}
	sorted := slices.IsSortedFunc(events, func(a, b trace.Event) int { return cmp.Compare(a.N, b.N) })
	if sorted {
		return
	}
	last := 0
	keyed := make([]numbered, len(events))
	for i, e := range events {
		if e.N > 0 {
			last = e.N
		}
		keyed[i] = numbered{last, e}
	}
	slices.SortStableFunc(keyed, func(a, b numbered) int { return cmp.Compare(a.n, b.n) })
	for i, k := range keyed {
		events[i] = k.e
	}
}
