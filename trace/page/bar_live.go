package page

import (
	"slices"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// longestCall bounds what a call in progress is drawn as: beyond it one of the clocks is wrong.
const longestCall = 24 * time.Hour

// phaseSince names the phase that an open step of each kind begins.
var phaseSince = map[trace.Kind]story.PhaseKind{
	trace.CallProgress: story.Ringing, trace.CallRinging: story.Ringing, trace.CallAnswered: story.Talking, trace.HoldConfirmed: story.Held,
}

// phasesUntil lets the phase that is still going on last until now; a story ends at its last event.
func phasesUntil(s *story.Story, now time.Time) []story.Phase {
	phases := slices.Clone(s.Phases)
	if len(phases) == 0 || !phases[len(phases)-1].Open || now.IsZero() {
		return phases
	}
	last := &phases[len(phases)-1]
	kind, from := last.Kind, last.At
	for i := range s.Steps {
		step := &s.Steps[i]
		if k, begins := phaseSince[step.Kind]; begins && step.Open && !step.At.Before(from) {
			kind, from = k, step.At
		}
	}
	running := now.Sub(from)
	if running <= 0 || running > longestCall {
		return phases
	}
	if kind == last.Kind {
		last.DurationUS = trace.MicrosOf(now.Sub(last.At))
		return phases
	}
	word := s.Lang.Say("phase." + string(kind))
	last.Open, last.DurationUS = false, trace.MicrosOf(from.Sub(last.At))
	last.Label = s.Lang.Say("phase.label", phrase.With("phase", last.Word), phrase.With("took", s.Lang.Duration(from.Sub(last.At))))
	return append(phases, story.Phase{
		Kind: kind, At: from, StartUS: trace.MicrosOf(from.Sub(s.StartAt)), DurationUS: trace.MicrosOf(running), Open: true,
		Word: word, Label: s.Lang.Say("phase.open", phrase.With("phase", word)),
	})
}
