package story

import (
	"slices"
	"time"

	"sidetone/trace"
)

// gap is a stretch of a call's numbers that is missing in a view. after is the index of the event behind it, or -1 when
// the end itself is missing.
type gap struct {
	view, count int
	from, to    int // numbers within the call
	after       int
}

// findGaps looks for numbers that are not there. Without call.ended the last number is not known, so nothing is said of
// what may follow.
func (r *record) findGaps() []gap {
	var gaps []gap
	for v := range r.views {
		gaps = append(gaps, r.gapsOf(v)...)
	}
	return gaps
}

func (r *record) gapsOf(view int) []gap {
	var numbers []int
	index := map[int]int{}
	total := 0
	for i, l := range r.all {
		if l.View != view || l.Event.N <= 0 {
			continue
		}
		if _, twice := index[l.Event.N]; !twice {
			index[l.Event.N] = i
			numbers = append(numbers, l.Event.N)
		}
		if e, ok := l.Event.Data.(trace.Ended); ok {
			total = e.Events
		}
	}
	slices.Sort(numbers)
	var gaps []gap
	next := 1
	for _, n := range numbers {
		if n > next && (total == 0 || next <= total) {
			gaps = append(gaps, gap{view: view, count: n - next, from: next, to: n - 1, after: index[n]})
		}
		next = n + 1
	}
	if next <= total {
		gaps = append(gaps, gap{view: view, count: total - next + 1, from: next, to: total, after: -1})
	}
	return gaps
}

// count adds up the numbered events of a view: those seen, and those there should be as far as is known.
func (r *record) count(view int) (seen, expected int) {
	total := 0
	numbers := map[int]bool{}
	for _, e := range r.views[view].Events {
		if e.N > 0 {
			numbers[e.N] = true
			expected = max(expected, e.N)
		}
		if d, ok := e.Data.(trace.Ended); ok {
			total = d.Events
		}
	}
	seen = len(numbers)
	if total > 0 {
		expected = total
		for n := range numbers {
			if n > total {
				seen-- // numbered after the end: no part of the proof
			}
		}
	}
	return seen, expected
}

// at is where the gap lies in time.
func (r *record) gapAt(g gap) time.Duration {
	if g.after < 0 {
		return r.endAt()
	}
	return r.at(g.after)
}
