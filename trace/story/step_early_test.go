package story_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

func TestForwardingQueueAndBranchesAreSteps(t *testing.T) {
	for lang, want := range map[story.Lang][]string{
		story.En: {
			"The network reported that the call was being forwarded", "181 Call Is Being Forwarded",
			"The network reported that the call was waiting in a queue", "182 Queued",
			"The network’s tones could be heard before the answer", "183 with audio",
			"Another branch of the call announced its sound, and was listened to from here on", "G.711 A, 10.1.0.22:4000",
			"Sound came from another branch of the call, and was heard from here on", "G.711 A, 10.1.0.21:4000",
		},
		story.FrCA: {
			"Le réseau a signalé que l’appel était en cours de renvoi", "181 Call Is Being Forwarded",
			"Le réseau a signalé que l’appel était en file d’attente", "182 Queued",
			"Les tonalités du réseau pouvaient être entendues avant la réponse", "183 avec audio",
			"Une autre branche de l’appel a annoncé son audio et a été écoutée à partir de ce moment", "G.711 A, 10.1.0.22:4000",
			"Du son est arrivé d’une autre branche de l’appel et a été entendu à partir de ce moment", "G.711 A, 10.1.0.21:4000",
		},
	} {
		s := story.Tell(calltest.Branched(), lang)
		var got []string
		for _, st := range s.Steps {
			if st.Kind == trace.SIPReceived || st.Kind == trace.CallProgress || st.Kind == trace.MediaChanged {
				got = append(got, st.Sentence, st.Detail)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", lang, diff)
		}
	}
}

// A device that was called tells of no network, and a reason that this version does not know is left out.
func TestOnlyTheCallersDeviceIsToldOfTheNetwork(t *testing.T) {
	views := calltest.Branched()
	steps := len(story.Tell(views, story.En).Steps)
	for i, e := range views[0].Events {
		switch d := e.Data.(type) {
		case trace.Initiated:
			d.Direction = trace.In
			views[0].Events[i].Data = d
		case trace.Media:
			if d.Early != "" {
				d.Early = "something else"
				views[0].Events[i].Data = d
			}
		}
	}
	s := story.Tell(views, story.En)
	if slices.ContainsFunc(s.Steps, func(st story.Step) bool { return st.Kind == trace.SIPReceived || st.Kind == trace.MediaChanged }) || len(s.Steps) >= steps {
		t.Errorf("%+v", s.Steps)
	}
}
