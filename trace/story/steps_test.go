package story_test

import (
	"slices"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// step finds the step with a sentence.
func step(t *testing.T, s story.Story, sentence string) story.Step {
	t.Helper()
	for _, st := range s.Steps {
		if strings.Contains(st.Sentence, sentence) {
			return st
		}
	}
	t.Fatalf("no step %q", sentence)
	return story.Step{}
}

func TestEveryStepHasEvidenceAnIDAndItsPlace(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		known := map[trace.EventRef]bool{}
		for _, v := range views {
			for e := range v.All() {
				known[trace.EventRef{Device: v.Device, Boot: e.Boot, Seq: e.Seq}] = true
			}
		}
		for _, lang := range phrase.Langs() {
			s := story.Tell(views, lang)
			ids := map[string]bool{}
			for i, st := range s.Steps {
				if len(st.Evidence) == 0 || st.Kind == "" || st.Offset == "" || st.Glyph == "" || st.Class == "" {
					t.Errorf("%s: %+v", name, st)
				}
				if ids[st.ID] || st.ID == "" {
					t.Errorf("%s: id %q twice", name, st.ID)
				}
				ids[st.ID] = true
				if i > 0 && st.OffsetUS < s.Steps[i-1].OffsetUS {
					t.Errorf("%s: %q is out of order", name, st.Sentence)
				}
				for _, ref := range st.Evidence {
					if !known[ref] {
						t.Errorf("%s: evidence %v does not exist", name, ref)
					}
				}
			}
			for _, f := range s.Findings {
				if len(f.Evidence) == 0 || f.Show == "" || f.Advice == "" || f.Lead == "" {
					t.Errorf("%s: %+v", name, f)
				}
			}
		}
	}
}

func TestHoldTellsWhoAskedHowAndHowLong(t *testing.T) {
	s := tell("answered")
	st := step(t, s, "Reception put Warehouse on hold")
	if plain(st.Duration) != "28.0 s" || plain(st.Detail) != "re-INVITE, sendonly, accepted in 31 ms" || st.Class != story.StepHeld {
		t.Errorf("%+v", st)
	}
	if len(st.Evidence) < 4 {
		t.Errorf("the re-INVITE, its 200 and its ACK are no evidence: %v", st.Evidence)
	}
	if st := step(t, s, "Warehouse put Reception on hold"); plain(st.Duration) != "9.0 s" {
		t.Errorf("%+v", st)
	}
	if n := slices.IndexFunc(s.Steps, func(st story.Step) bool { return st.Sentence == "Reception took the call back" }); n < 0 {
		t.Error("no resume")
	}
}

func TestHandsetIsToldWithWhatItCaused(t *testing.T) {
	s := tell("answered")
	if st := step(t, s, "lifted the handset and dialled 102"); st.OffsetUS >= 0 || st.Class != story.StepDevice || plain(st.Duration) != "3.3 s" {
		t.Errorf("%+v", st)
	}
	step(t, s, "Warehouse lifted the handset and answered")
	for _, st := range s.Steps {
		if strings.Contains(st.Sentence, "put the handset down") {
			t.Errorf("told twice: %q", st.Sentence)
		}
	}
}

func TestRefusedHoldIsNoFailureOfTheCall(t *testing.T) {
	s := tell("hold-refused")
	if st := step(t, s, "was refused; the call went on"); st.Class != story.StepHeld || !strings.Contains(st.Detail, "488") {
		t.Errorf("%+v", st)
	}
	if s.Verdict.Class != story.Good {
		t.Errorf("%+v", s.Verdict)
	}
}

// Nobody refused it: that is told as what a person did, and found to be no fault.
func TestHoldThatWasTakenBackOrOutlivedByTheCallIsNoRefusal(t *testing.T) {
	for reason, want := range map[string]string{
		trace.HoldTakenBack: "asked to put Warehouse on hold, and took it back before it could be done",
		trace.HoldCallEnded: "asked to put Warehouse on hold; the call ended before it could be done",
	} {
		views := calltest.HoldRefused()
		for i := range views[0].Events {
			if e := &views[0].Events[i]; e.Kind == trace.HoldRefused {
				e.Data = trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv, Reason: reason}
			}
		}
		s := story.Tell(views, story.En)
		step(t, s, want)
		for _, f := range s.Findings {
			if f.Code == "hold-refused" {
				t.Errorf("%s: %+v", reason, f)
			}
		}
	}
}

func TestRefusedResumeSaysThatTheCallStayedOnHold(t *testing.T) {
	views := calltest.LiveHeld()
	for i := range views[0].Events {
		if h, ok := views[0].Events[i].Data.(trace.Hold); ok && h.By == trace.Remote { // Reception holds instead
			h.By = trace.Local
			views[0].Events[i].Data = h
		}
	}
	last := views[0].Events[len(views[0].Events)-1]
	last.Seq, last.N, last.Kind = last.Seq+1, last.N+1, trace.HoldRefused
	last.Data = trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendOnly, Status: 500}
	views[0].Events = append(views[0].Events, last)
	s := story.Tell(views, story.En)
	step(t, s, "could not take the call back; it stayed on hold")
	if s.Verdict.Head != "On hold." {
		t.Errorf("%q", s.Verdict.Head)
	}
}

func TestCallThatStillRunsIsNotMeasured(t *testing.T) {
	s := tell("live")
	if st := step(t, s, "answered"); !st.Open || st.Duration != "" {
		t.Errorf("%+v", st)
	}
	last := s.Phases[len(s.Phases)-1]
	if !last.Open || last.Label != "talking…" {
		t.Errorf("%+v", last)
	}
}

func TestPhasesFollowEachOtherAndAddUp(t *testing.T) {
	for name, script := range calltest.Calls() {
		views := script()
		s := story.Tell(views, story.En)
		sum := trace.Summarize(views[0].Events)
		var at, total trace.Micros
		for _, p := range s.Phases {
			if p.StartUS != at || p.DurationUS <= 0 || p.Word == "" || p.Label == "" {
				t.Errorf("%s: %+v begins at %d, want %d", name, p, p.StartUS, at)
			}
			at += p.DurationUS
			total += p.DurationUS
		}
		if sum.Total > 0 && len(s.Phases) > 0 && total != sum.TotalUS {
			t.Errorf("%s: phases add up to %d, the call to %d", name, total, sum.TotalUS)
		}
		held := trace.Micros(0)
		for _, p := range s.Phases {
			if p.Kind == story.Held {
				held += p.DurationUS
			}
		}
		if sum.Total > 0 && held != sum.HeldUS {
			t.Errorf("%s: held %d, want %d", name, held, sum.HeldUS)
		}
	}
}

func TestBothSidesHoldingIsOneHeldPhase(t *testing.T) {
	views := calltest.Answered()[:1]
	var events []trace.Event
	for _, e := range views[0].Events { // Reception does not resume until Warehouse holds as well
		if h, ok := e.Data.(trace.Hold); ok && e.Kind == trace.HoldResumed && h.By == trace.Local {
			continue
		}
		events = append(events, e)
	}
	views[0].Events = events
	s := story.Tell(views, story.En)
	n := 0
	for _, p := range s.Phases {
		if p.Kind == story.Held {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d held phases", n)
	}
	step(t, s, "Warehouse took the call back; Reception still had it on hold")
}

func TestSuspensionNamesTheISUPTimer(t *testing.T) {
	for _, lang := range phrase.Langs() {
		views := ending(trace.Out, trace.Ended{Side: trace.Local, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 9_000_000},
			trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}},
			trace.Event{Kind: trace.SuspendStarted, Data: trace.Suspend{Initiator: trace.SuspendByUser, Timer: trace.ISUPT2}},
			trace.Event{Kind: trace.SuspendStarted, Data: trace.Suspend{Initiator: trace.SuspendByNetwork, Timer: trace.ISUPT6}})
		s := story.Tell(views, lang)
		step(t, s, trace.ISUPT2)
		step(t, s, trace.ISUPT6)
	}
}

func TestKeysPressedTogetherAreOneStep(t *testing.T) {
	key := func(at trace.Micros) trace.Event {
		return trace.Event{Kind: trace.DTMFSent, Mono: at.Duration(), Data: trace.DTMF{Digits: "x"}}
	}
	views := ending(trace.Out, trace.Ended{Side: trace.Local, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 60_000_000},
		trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}}, key(2_000_000), key(2_300_000), key(2_600_000), key(30_000_000))
	n := 0
	for _, st := range story.Tell(views, story.En).Steps {
		if strings.Contains(st.Sentence, "pressed keys") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d steps of keys, want 2", n)
	}
}

func TestForwardedCallTellsWhoSentItOnAndWhoAnswered(t *testing.T) {
	views := named(trace.Party{Name: "Ann"}, trace.Party{URI: "sip:102@x"}, "")
	add := func(kind trace.Kind, data trace.Payload) {
		n := len(views[0].Events) + 1
		views[0].Events = append(views[0].Events, trace.Event{Seq: uint64(n), N: n, Call: "c", Kind: kind, Data: data})
	}
	add(trace.CallRinging, trace.Alerting{Who: "102", Status: 180})
	add(trace.FlowForward, trace.Forward{By: &trace.Party{URI: "sip:102@x"}, To: trace.Party{URI: "sip:103@x"}, Status: 302})
	add(trace.FlowForward, trace.Forward{By: &trace.Party{URI: "sip:103@x"}, To: trace.Party{URI: "sip:104@x", Name: "Carol"}, Status: 486})
	add(trace.CallAnswered, trace.Answered{Who: "Carol"})
	for lang, want := range map[phrase.Lang][]string{
		phrase.En:   {"Ann called 102", "102’s phone rang", "102 sent the call on to 103", "The call to 103 came to nothing; Carol was tried next", "Carol answered"},
		phrase.FrCA: {"Ann a appelé 102", "Le poste de 102 a sonné", "102 a renvoyé l’appel vers 103", "L’appel vers 103 n’a pas abouti; on a essayé Carol ensuite", "Carol a répondu"},
	} {
		s := story.Tell(views, lang)
		for _, sentence := range want {
			step(t, s, sentence)
		}
		if s.Callee.Name != "102" {
			t.Errorf("%s: %q", lang, s.Callee.Name)
		}
	}
}

func TestDivertedCallTellsWhoSentItOn(t *testing.T) {
	views := []trace.View{{Device: "d", Events: []trace.Event{{
		Seq: 1, N: 1, Call: "c", Kind: trace.CallInitiated, Data: trace.Initiated{
			Direction: trace.In, From: trace.Party{URI: "sip:101@x"}, To: trace.Party{URI: "sip:103@x"},
			Diverted: []trace.Diversion{{URI: "sip:102@x", Reason: "no-answer"}, {URI: "sip:1@x", Name: "Desk"}},
		},
	}}}}
	for lang, want := range map[phrase.Lang][]string{
		phrase.En:   {"101 called 103", "The call was forwarded by Desk", "The call was forwarded by 102 (no answer)"},
		phrase.FrCA: {"101 a appelé 103", "L’appel a été renvoyé par Desk", "L’appel a été renvoyé par 102 (pas de réponse)"},
	} {
		var got []string
		for _, st := range story.Tell(views, lang).Steps {
			got = append(got, st.Sentence)
		}
		if len(got) < 3 || !slices.Equal(got[:3], want) {
			t.Errorf("%q", got)
		}
	}
}

func TestKeysOfTheOtherSideAreToldWhereItsDeviceTellsNothing(t *testing.T) {
	s := story.Tell(ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 9_000_000},
		trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}},
		trace.Event{Kind: trace.DTMFSent, Data: trace.DTMF{Digits: "x"}},
		trace.Event{Kind: trace.DTMFReceived, Data: trace.DTMF{Digits: "x"}}), story.En)
	step(t, s, "Ann pressed keys during the call")
	step(t, s, "Bob pressed keys during the call")
}

func TestANameIsWrittenAsItIs(t *testing.T) {
	views := ending(trace.Out, trace.Ended{Side: trace.Remote, LastResponse: 200, Result: trace.ResultAnswered, TotalUS: 9_000_000},
		trace.Event{Kind: trace.CallAnswered, Data: trace.Answered{}}, trace.Event{Kind: trace.DTMFReceived, Data: trace.DTMF{Digits: "x"}})
	i := views[0].Events[0].Data.(trace.Initiated)
	i.To.Name = "van Dyke"
	views[0].Events[0].Data = i
	s := story.Tell(views, story.En)
	for _, sentence := range []string{"van Dyke answered", "van Dyke pressed keys during the call", "van Dyke hung up"} {
		step(t, s, sentence)
	}
}
