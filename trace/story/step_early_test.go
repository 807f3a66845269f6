package story_test

import (
	"slices"
	"strings"
	"testing"
	"time"

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
			"Reception could hear tones or a message before the answer", "183 with audio",
			"Another branch of the call announced its sound, and was listened to from here on", "G.711 A, 10.1.0.22:4000",
			"Sound came from another branch of the call, and was heard from here on", "G.711 A, 10.1.0.21:4000",
		},
		story.FrCA: {
			"Le réseau a signalé que l’appel était en cours de renvoi", "181 Call Is Being Forwarded",
			"Le réseau a signalé que l’appel était en file d’attente", "182 Queued",
			"Reception pouvait entendre des tonalités ou un message avant la réponse", "183 avec audio",
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

// early plays a call up to what came before its answer, and answers it after ten seconds.
func early(before ...trace.Event) story.Story {
	return story.Tell(ending(trace.Out, trace.Ended{Side: trace.Local, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 12_000_000},
		append(before, trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}, Mono: 10 * time.Second})...), story.En)
}

func response(at time.Duration, status int, tag string) trace.Event {
	return trace.Event{Kind: trace.SIPReceived, Mono: at, Data: trace.SIP{Method: "INVITE", Status: status, ToTag: tag, CSeq: 1}}
}

func progress(at time.Duration, sound bool) trace.Event {
	return trace.Event{Kind: trace.CallProgress, Mono: at, Data: trace.Alerting{Status: 183, EarlyMedia: sound}}
}

func changed(at time.Duration, d trace.MediaDirection, why trace.EarlyReason) trace.Event {
	return trace.Event{Kind: trace.MediaChanged, Mono: at, Data: trace.Media{Codec: "PCMA", Direction: d, Early: why}}
}

func TestSoundThatIsLetThroughLaterIsAStepOfItsOwn(t *testing.T) {
	const silent, heard = "The network reported progress, without sound", "Ann could hear tones or a message before the answer"
	s := early(progress(time.Second, false), progress(4*time.Second, true))
	if st := step(t, s, silent); plain(st.Duration) != "3.0 s" {
		t.Errorf("%+v", st)
	}
	if st := step(t, s, heard); plain(st.Duration) != "6.0 s" || st.Detail != "183 with audio" {
		t.Errorf("%+v", st)
	}
	s = early(progress(time.Second, false), progress(4*time.Second, true), changed(4*time.Second, trace.SendRecv, trace.EarlyAuthorised))
	step(t, s, "The network let the sound before the answer through from here on")
	if st := step(t, s, silent); plain(st.Duration) != "3.0 s" {
		t.Errorf("%+v", st)
	}
	if slices.ContainsFunc(s.Steps, func(st story.Step) bool { return st.Sentence == heard }) {
		t.Error("the sound is told twice")
	}
}

func TestTonesEndWithTheBranchThatTheyCameFrom(t *testing.T) {
	for name, c := range map[string]struct {
		over trace.Event
		want string
	}{
		"199":                    {response(4*time.Second, 199, "a"), "3.0 s"},
		"199 of another branch":  {response(4*time.Second, 199, "b"), "9.0 s"},
		"left":                   {changed(4*time.Second, trace.SendRecv, trace.EarlyLeft), "3.0 s"},
		"nothing is let through": {changed(4*time.Second, trace.Inactive, ""), "3.0 s"},
		"another address":        {changed(4*time.Second, trace.SendRecv, ""), "9.0 s"},
	} {
		s := early(response(time.Second, 183, "a"), progress(time.Second, true), c.over)
		if st := step(t, s, "could hear tones"); plain(st.Duration) != c.want {
			t.Errorf("%s: the tones last %s, want %s", name, plain(st.Duration), c.want)
		}
	}
}

func TestHoldThatWasOverBeforeTheAnswerIsNoPartOfTheConversation(t *testing.T) {
	hold := func(at time.Duration, kind trace.Kind, d trace.MediaDirection) trace.Event {
		return trace.Event{Kind: kind, Mono: at, Data: trace.Hold{By: trace.Local, Method: "UPDATE", Direction: d}}
	}
	first := hold(2*time.Second, trace.HoldConfirmed, trace.SendOnly)
	over := early(progress(time.Second, true), first, hold(3*time.Second, trace.HoldResumed, trace.SendRecv))
	lasting := early(progress(time.Second, true), first)
	if strings.Contains(over.Verdict.Text, "hold") || !strings.Contains(lasting.Verdict.Text, "with one hold") {
		t.Errorf("%q, %q", over.Verdict.Text, lasting.Verdict.Text)
	}
	step(t, over, "put")
}
