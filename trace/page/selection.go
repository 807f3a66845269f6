package page

import (
	"slices"
	"strings"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/story"
)

// What a selection is called, in addresses and as ids of elements: a step or a row by its prefix and its own id. An
// event's id alone stands for whatever it proves.
const (
	stepPrefix = "s-"
	rowPrefix  = "l-"
)

// Selection is the one thing that story, ladder and message panel show together. Step and Row are indexes, -1 for none.
type Selection struct{ Step, Row int }

// Resolve finds what an id selects. A step brings the first message that shares an event with it, or else the first
// row; a row brings the first such step. The script does the same in selection.js.
func Resolve(id string, steps []story.Step, rows []ladder.Row) Selection {
	sel := Selection{Step: -1, Row: -1}
	if name, is := strings.CutPrefix(id, stepPrefix); is {
		sel.Step = slices.IndexFunc(steps, func(s story.Step) bool { return s.ID == name })
	}
	if name, is := strings.CutPrefix(id, rowPrefix); is {
		sel.Row = slices.IndexFunc(rows, func(r ladder.Row) bool { return r.ID == name })
	}
	if sel.Step < 0 && sel.Row < 0 {
		sel.Row = rowOf(rows, func(refs []trace.EventRef) bool { return has(refs, id) })
		sel.Step = slices.IndexFunc(steps, func(s story.Step) bool { return has(s.Evidence, id) })
	}
	if sel.Step < 0 && sel.Row >= 0 {
		sel.Step = slices.IndexFunc(steps, func(s story.Step) bool { return shares(s.Evidence, rows[sel.Row].Evidence) })
	}
	if sel.Row < 0 && sel.Step >= 0 {
		sel.Row = rowOf(rows, func(refs []trace.EventRef) bool { return shares(refs, steps[sel.Step].Evidence) })
	}
	return sel
}

// rowOf finds the first message that fits, or else the first row.
func rowOf(rows []ladder.Row, fits func([]trace.EventRef) bool) int {
	message := slices.IndexFunc(rows, func(r ladder.Row) bool { return r.Kind == ladder.Arrow && fits(r.Evidence) })
	if message >= 0 {
		return message
	}
	return slices.IndexFunc(rows, func(r ladder.Row) bool { return fits(r.Evidence) })
}

func has(refs []trace.EventRef, id string) bool {
	return slices.ContainsFunc(refs, func(r trace.EventRef) bool { return r.ID() == id })
}

func shares(a, b []trace.EventRef) bool {
	return slices.ContainsFunc(a, func(r trace.EventRef) bool { return slices.Contains(b, r) })
}

// ids joins the ids of the events for a data attribute.
func ids(refs []trace.EventRef) string {
	joined := make([]string, len(refs))
	for i, r := range refs {
		joined[i] = r.ID()
	}
	return strings.Join(joined, " ")
}
