package trace

import "math"

// Hole is a stretch of a call's numbers that is missing on one device.
type Hole struct {
	From, To int // numbers within the call, both included
	After    int // index of the event behind the hole, or the number of events when the end itself is missing
}

// Count is how many events the hole has swallowed.
func (h Hole) Count() int { return h.To - h.From + 1 }

// Holes finds the numbers of a call that are missing among its events on one device. Without call.ended the last number
// is not known, so nothing is said of what may follow; numbers after the total are no part of the count.
func Holes(events []Event) []Hole {
	index := make(map[int]int, len(events))
	var seen Numbers
	total := 0
	for i, e := range events {
		if d, ok := e.Data.(Ended); ok {
			total = d.Events
		}
		if _, twice := index[e.N]; !twice {
			index[e.N] = i
		}
		if at, known := seen.find(e.N); !known {
			seen.insert(e.N, at)
		}
	}
	var holes []Hole
	next := 1
	for _, stretch := range seen {
		if total > 0 && stretch[0] > total {
			break
		}
		if stretch[0] > next {
			holes = append(holes, Hole{From: next, To: stretch[0] - 1, After: index[stretch[0]]})
		}
		next = min(stretch[1], math.MaxInt-1) + 1
	}
	if next <= total {
		holes = append(holes, Hole{From: next, To: total, After: len(events)})
	}
	return holes
}
