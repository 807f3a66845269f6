package page

import (
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

func TestEveryFindingLeadsToWhatProvesIt(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		for _, found := range NewFlow(views, FlowOptions{ID: "c", Lang: phrase.En}).Findings {
			f := NewFlow(views, FlowOptions{ID: "c", Lang: phrase.En, Selected: found.First})
			if f.Selected.Step < 0 && f.Selected.Row < 0 {
				t.Errorf("%s: %s leads nowhere", name, found.Code)
			}
			for _, p := range f.Panels {
				if p.Selected && len(p.Evidence) == 0 {
					t.Errorf("%s: %s leads to a panel without proof", name, found.Code)
				}
			}
		}
	}
}
