package story_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

func text(t *testing.T, s story.Story, width int, options ...story.TextOption) string {
	t.Helper()
	var b strings.Builder
	if err := story.Text(&b, s, width, options...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextFitsItsTerminalInEveryLanguage(t *testing.T) {
	for name, script := range calltest.Calls() {
		for _, lang := range phrase.Langs() {
			s := story.Tell(script(), lang)
			for _, width := range []int{40, 60, 80, 132, 200} {
				for _, line := range strings.Split(text(t, s, width), "\n") {
					if terminal.Width(line) > width || strings.TrimRight(line, " ") != line || strings.ContainsAny(line, "⟦\u00a0\t") {
						t.Errorf("%s %s %d: %q", name, lang, width, line)
					}
				}
			}
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

func TestColourAddsNothingToTheWords(t *testing.T) {
	for name, script := range calltest.Calls() {
		s := story.Tell(script(), story.En)
		coloured := text(t, s, 80, story.InColour())
		if !strings.Contains(coloured, "\x1b[") {
			t.Errorf("%s: no colour", name)
		}
		trim := regexp.MustCompile(` +\n`)
		if diff := cmp.Diff(text(t, s, 80), trim.ReplaceAllString(escapes.ReplaceAllString(coloured, ""), "\n")); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestTimesAreInTheZoneThatWasAskedFor(t *testing.T) {
	zone := time.FixedZone("EST", -5*3600)
	if got := text(t, tell("busy"), 80, story.In(zone)); !strings.Contains(got, "10:42:07 EST") {
		t.Error(got)
	}
	if got := text(t, tell("busy"), 80, story.In(nil)); !strings.Contains(got, "15:42:07 UTC") {
		t.Error(got)
	}
}

// The collector's API sends stories as JSON, and the demo prints what it receives.
func TestStorySurvivesJSON(t *testing.T) {
	for name, script := range calltest.Calls() {
		s := story.Tell(script(), story.FrCA)
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back story.Story
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text(t, s, 80), text(t, back, 80)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A terminal that lets a person walk through the story asks each line what it tells.
func TestEveryLineKnowsWhatItTellsAndTheLinesAreTheText(t *testing.T) {
	for name, script := range calltest.Calls() {
		s := story.Tell(script(), story.En)
		var whole strings.Builder
		steps, findings := 0, 0
		for _, l := range story.Lines(s, 80) {
			whole.WriteString(l.Text + "\n")
			if l.Step >= 0 && strings.Contains(l.Text, s.Steps[l.Step].Offset) && l.Step == steps {
				steps++
			}
			if l.Finding == findings && strings.Contains(l.Text, s.Findings[findings].Lead) {
				findings++
			}
			if l.Step >= 0 && l.Finding >= 0 {
				t.Errorf("%s: %q tells two things", name, l.Text)
			}
		}
		if whole.String() != text(t, s, 80) || steps != len(s.Steps) || findings != len(s.Findings) {
			t.Errorf("%s: %d of %d steps, %d of %d findings, or another text", name, steps, len(s.Steps), findings, len(s.Findings))
		}
	}
}
