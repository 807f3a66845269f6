package page

import (
	"math"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// told is a story with phases of the given lengths in seconds.
func told(kinds []story.PhaseKind, seconds ...float64) *story.Story {
	s := &story.Story{Lang: phrase.En, StartAt: time.Date(2026, 11, 21, 10, 42, 7, 0, time.UTC)}
	at := time.Duration(0)
	for i, kind := range kinds {
		took := time.Duration(seconds[i] * float64(time.Second))
		s.Phases = append(s.Phases, story.Phase{
			Kind: kind, At: s.StartAt.Add(at), StartUS: trace.MicrosOf(at), DurationUS: trace.MicrosOf(took),
			Word: string(kind), Label: string(kind) + " " + phrase.En.Duration(took),
		})
		at += took
	}
	return s
}

func TestBarIsToScaleAndFull(t *testing.T) {
	b := PhaseBar(told([]story.PhaseKind{story.Setup, story.Ringing, story.Talking, story.Held, story.Talking}, 0.9, 5.3, 41, 28, 61), &english, time.Time{})
	var x float64
	for _, s := range b.Slices {
		if math.Abs(s.X-x) > 0.001 {
			t.Errorf("%s begins at %f, not %f", s.Kind, s.X, x)
		}
		x += s.Width
	}
	if math.Abs(x-100) > 0.001 {
		t.Errorf("%f %% wide", x)
	}
	if held := b.Slices[3].Width; math.Abs(held-28/136.2*100) > 0.5 {
		t.Errorf("28 of 136.2 s are %f %%", held)
	}
	if !strings.Contains(b.Label, "held 28") {
		t.Errorf("label %q", b.Label)
	}
}

func TestPhaseOfMillisecondsCanBeSeen(t *testing.T) {
	b := PhaseBar(told([]story.PhaseKind{story.Setup, story.Talking}, 0.002, 3600), &english, time.Time{})
	if got := b.Slices[0].Width; got < 0.4 {
		t.Errorf("%f %%", got)
	}
}

func TestLabelsAndTimesNeverOverlap(t *testing.T) {
	b := PhaseBar(told([]story.PhaseKind{story.Setup, story.Talking, story.Held, story.Talking, story.Held, story.Talking}, 1, 1, 1, 1, 1, 300), &english, time.Time{})
	if got := b.Slices[1].LabelAt; got != "never" {
		t.Errorf("a second of five minutes has its label %s", got)
	}
	for _, step := range steps {
		var shown []Tick
		for _, tick := range b.Ticks {
			if from := tick.ShowAt; from == "from-300" || from == showFrom(step) {
				if collides(tick, shown, step) {
					t.Errorf("%s at %f runs into another on %d pixels", tick.Word, tick.X, step)
				}
				shown = append(shown, tick)
			}
		}
		if len(shown) < 2 {
			t.Errorf("on %d pixels start or end is missing", step)
		}
	}
}

func TestPhaseInProgressLastsUntilNow(t *testing.T) {
	s := told([]story.PhaseKind{story.Setup}, 1)
	s.Phases[0].Open = true
	s.Steps = []story.Step{{Kind: trace.CallRinging, Open: true, At: s.StartAt.Add(time.Second)}}
	b := PhaseBar(s, &english, s.StartAt.Add(4*time.Second))
	if len(b.Slices) != 2 || b.Slices[1].Kind != story.Ringing || math.Abs(b.Slices[1].Width-75) > 0.001 {
		t.Errorf("%+v", b.Slices)
	}
	for _, wrong := range []time.Time{s.StartAt.Add(-time.Hour), s.StartAt.AddDate(1, 0, 0)} {
		if b := PhaseBar(s, &english, wrong); len(b.Slices) != 1 {
			t.Errorf("believes a clock at %s: %+v", wrong, b.Slices)
		}
	}
}

func TestStoryWithoutPhasesHasNoBar(t *testing.T) {
	if b := PhaseBar(&story.Story{}, &english, time.Now()); len(b.Slices)+len(b.Ticks) != 0 {
		t.Errorf("%+v", b)
	}
}

func TestLengthTellsASecondFromAMinuteFromAnHour(t *testing.T) {
	second, minute, hour, day := Length(1e6), Length(60e6), Length(3600e6), Length(86400e6)
	if second < 4 || minute < 2*second || hour < minute+30 || hour != 100 || day != 100 {
		t.Errorf("%f %f %f %f", second, minute, hour, day)
	}
}
