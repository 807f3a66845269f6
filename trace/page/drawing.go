package page

import (
	"context"
	"io"
	"slices"

	"github.com/a-h/templ"

	"sidetone/trace/ladder"
)

// ladderDrawing is the ladder with the times that the page shows.
func ladderDrawing(f Flow) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		l := f.Ladder
		if f.ByClock {
			l.Rows = slices.Clone(l.Rows)
			for i := range l.Rows {
				if l.Rows[i].Offset != "" {
					l.Rows[i].Offset = ClockTime(l.Rows[i].At)
				}
			}
		}
		selected := ""
		if f.Selected.Row >= 0 {
			selected = l.Rows[f.Selected.Row].ID
		}
		return l.SVG(w, ladder.SVGOptions{Selected: selected, Prefix: rowPrefix})
	})
}

// laneNames is the head of the same drawing, which stays in view while the rows scroll.
func laneNames(l ladder.Ladder) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		return ladder.Ladder{Lang: l.Lang, Lanes: l.Lanes}.SVG(w, ladder.SVGOptions{Prefix: "n-"})
	})
}
