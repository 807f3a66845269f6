package story

import (
	"time"

	"sidetone/trace"
)

// gap is a hole in a view. after is the index of the event behind it, or -1 when the end itself is missing.
type gap struct {
	trace.Hole
	view, after int
}

// findGaps looks for numbers that are not there, in every view.
func (r *record) findGaps() []gap {
	indexes := make([][]int, len(r.views)) // of a view's events in all, in the view's own order
	for i, l := range r.all {
		if !l.Own {
			indexes[l.View] = append(indexes[l.View], i)
		}
	}
	var gaps []gap
	for v, view := range r.views {
		for _, h := range trace.Holes(view.Events) {
			g := gap{Hole: h, view: v, after: -1}
			if h.After < len(indexes[v]) {
				g.after = indexes[v][h.After]
			}
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// gapAt is where a gap lies in time.
func (r *record) gapAt(g gap) time.Duration {
	if g.after < 0 {
		return r.endAt()
	}
	return r.at(g.after)
}
