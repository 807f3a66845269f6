package story_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/story"
)

// The eight steps that every description of SIP begins with.
func TestTheEightClassicalStepsAreTheEvidenceOfTheStory(t *testing.T) {
	for name, direction := range map[string]string{"real/answered-out": "sent", "real/answered-in": "received"} {
		views := call(t, name)
		s := story.Tell(views, story.En)
		var got []string
		for _, e := range views[0].Events { // in their order
			of := func(ref trace.EventRef) bool { return ref.Seq == e.Seq && ref.Boot == e.Boot }
			if !slices.ContainsFunc(s.Steps, func(st story.Step) bool { return slices.ContainsFunc(st.Evidence, of) }) {
				continue
			}
			switch m, ok := e.Data.(trace.SIP); {
			case ok && m.IsRequest():
				got = append(got, m.Method)
			case ok:
				got = append(got, fmt.Sprintf("%d %s", m.Status, m.Method))
			case e.Kind == trace.MediaStarted:
				got = append(got, "media")
			}
		}
		got = slices.DeleteFunc(got, func(s string) bool { return s == "183 INVITE" })
		want := []string{"INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"}
		if diff := cmp.Diff(want, slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s == "media" })); diff != "" || !slices.Contains(got, "media") {
			t.Errorf("%s, %s: %v\n%s", name, direction, got, diff)
		}
	}
}
