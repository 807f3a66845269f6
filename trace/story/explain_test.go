package story_test

import (
	"strings"
	"testing"

	"sidetone/trace/story"
)

func TestExplainInPlainWords(t *testing.T) {
	for _, c := range []struct {
		status string
		lang   story.Lang
		want   story.Explanation
	}{
		{"486", story.En, story.Explanation{Status: "486", Phrase: "Busy Here", RFC: "3261", Sentence: "The called party is busy.", Q850: "17 User busy", Where: "the called side"}},
		{"486", story.FrCA, story.Explanation{Status: "486", Phrase: "Busy Here", RFC: "3261", Sentence: "La ligne de la personne appelée est occupée.", Q850: "17 Occupé", Where: "le côté appelé"}},
		{" 18x ", story.En, story.Explanation{Status: "18X", Sentence: "The called party rang but nobody answered.", Q850: "19 No answer, the telephone rang", Where: "the called side"}},
	} {
		got, err := story.Explain(c.status, c.lang)
		if err != nil || got != c.want {
			t.Errorf("%s %s: %+v, %v", c.status, c.lang, got, err)
		}
	}
	if e, err := story.Explain("900", story.En); err != nil || e.Status != "9XX" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, status := range []string{"", "699", "abc", "-1", "\x1b[2J"} {
		if _, err := story.Explain(status, story.En); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", status, err)
		}
	}
}
