package page

import (
	"slices"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/story"
)

// Selection is the one thing that story, ladder and message panel show together. Step and Row are indexes, -1 for none.
type Selection struct{ Step, Row int }

// Resolve finds what an id stands for: a step, a row, or an event that one of them has as evidence. A step brings the
// first row that shares an event with it, and a row the first step. The script does the same in page.js.
func Resolve(id string, steps []story.Step, rows []ladder.Row) Selection {
	sel := Selection{
		Step: slices.IndexFunc(steps, func(s story.Step) bool { return s.ID == id }),
		Row:  slices.IndexFunc(rows, func(r ladder.Row) bool { return r.ID == id }),
	}
	if sel.Step < 0 {
		sel.Step = slices.IndexFunc(steps, func(s story.Step) bool { return has(s.Evidence, id) })
	}
	if sel.Row < 0 {
		sel.Row = slices.IndexFunc(rows, func(r ladder.Row) bool { return has(r.Evidence, id) })
	}
	if sel.Step < 0 && sel.Row >= 0 {
		sel.Step = slices.IndexFunc(steps, func(s story.Step) bool { return shares(s.Evidence, rows[sel.Row].Evidence) })
	}
	if sel.Row < 0 && sel.Step >= 0 {
		sel.Row = slices.IndexFunc(rows, func(r ladder.Row) bool { return shares(r.Evidence, steps[sel.Step].Evidence) })
	}
	return sel
}

func has(refs []trace.EventRef, id string) bool {
	return slices.ContainsFunc(refs, func(r trace.EventRef) bool { return r.ID() == id })
}

func shares(a, b []trace.EventRef) bool {
	return slices.ContainsFunc(a, func(r trace.EventRef) bool { return slices.Contains(b, r) })
}

// ids joins the ids of the events for a data attribute.
func ids(refs []trace.EventRef) string {
	var joined []byte
	for i, r := range refs {
		if i > 0 {
			joined = append(joined, ' ')
		}
		joined = append(joined, r.ID()...)
	}
	return string(joined)
}
