package page

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"sidetone/trace/ladder"
)

// The head of a drawing carries rules and a least width of its own, for wherever it may stand. A page's policy refuses
// both; the rules are part of its style sheet instead.
var (
	styleElement   = regexp.MustCompile(`(?s)<style>(.*?)</style>\s*`)
	styleAttribute = regexp.MustCompile(` style="[^"]*"`)
)

// draw writes a ladder without the styles of its head.
func draw(l ladder.Ladder, o ladder.SVGOptions) (drawing, rules string) {
	var b strings.Builder
	if err := l.SVG(&b, o); err != nil {
		return "", "" // a builder takes everything
	}
	head, rows, found := strings.Cut(b.String(), "</defs>")
	if !found {
		return b.String(), ""
	}
	if match := styleElement.FindStringSubmatch(head); match != nil {
		rules = match[1]
	}
	return styleAttribute.ReplaceAllString(styleElement.ReplaceAllString(head, ""), "") + "</defs>" + rows, rules
}

// ladderRules are the rules that every drawing carries.
func ladderRules() string {
	_, rules := draw(ladder.Ladder{}, ladder.SVGOptions{})
	return rules
}

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
		svg, _ := draw(l, ladder.SVGOptions{Selected: selected, Prefix: rowPrefix})
		_, err := io.WriteString(w, svg)
		return err
	})
}

// laneNames is the head of the same drawing, which stays in view while the rows scroll.
func laneNames(l ladder.Ladder) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		svg, _ := draw(ladder.Ladder{Lang: l.Lang, Lanes: l.Lanes}, ladder.SVGOptions{Prefix: "n-"})
		_, err := io.WriteString(w, svg)
		return err
	})
}
