package story_test

import (
	"slices"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// deflected is a call that Warehouse sends on to 103 after three seconds; follows has Reception's phone go there.
func deflected(follows bool) []trace.View {
	s := calltest.NewScript(calltest.Reception(), calltest.Warehouse())
	by, to := trace.Party{URI: "sip:102@10.0.0.2", Name: "Warehouse"}, trace.Party{URI: "sip:103@10.0.0.3"}
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(time.Millisecond).Respond(s.Callee, invite, 180, "Ringing", "")
	for _, p := range []*calltest.Phone{s.Caller, s.Callee} {
		s.Note(p, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})
	}
	s.Wait(3*time.Second).Note(s.Callee, trace.FlowForward, trace.Forward{To: to, Reason: trace.Deflected, By: &by, Status: 302})
	s.Respond(s.Callee, invite, 302, "Moved Temporarily", "")
	at := s.Now
	s.Wait(time.Millisecond).Request(s.Caller, "ACK", "")
	s.End(s.Callee, at, trace.Ended{Side: trace.Local, LastResponse: 302, Reason: "Moved Temporarily", Result: trace.ResultForwarded})
	if !follows {
		s.End(s.Caller, at, trace.Ended{Side: trace.Remote, LastResponse: 302, Reason: "Moved Temporarily", Result: trace.ResultFailed})
		return s.Views()
	}
	s.Note(s.Caller, trace.FlowForward, trace.Forward{To: to, By: &by, Status: 302})
	s.Wait(time.Second).End(s.Caller, s.Now, trace.Ended{Side: trace.Remote, LastResponse: 486, Reason: "Busy Here", Result: trace.ResultBusy})
	return s.Views()
}

func TestDeflectedCallSaysWhoSentItOnAndWhereTo(t *testing.T) {
	for lang, want := range map[phrase.Lang][2]string{
		phrase.En:   {"Sent on. Warehouse sent the call on to 103 after 3.0 s of ringing.", "Warehouse sent the call on to 103"},
		phrase.FrCA: {"Renvoyé. Warehouse a renvoyé l’appel vers 103 après 3,0 s de sonnerie.", "Warehouse a renvoyé l’appel vers 103"},
	} {
		s := story.Tell(deflected(true)[1:], lang)
		if got := plain(s.Verdict.Sentence()); got != want[0] || s.Verdict.Class != story.Missed {
			t.Errorf("%s %q", s.Verdict.Class, got)
		}
		last := s.Steps[len(s.Steps)-1]
		if last.Sentence != want[1] || last.Detail != "302 Moved Temporarily" || len(last.Evidence) < 3 {
			t.Errorf("%+v", last)
		}
		if tells := func(step story.Step) bool { return step.Kind == trace.FlowForward }; !slices.ContainsFunc(s.Steps, tells) {
			t.Error("no step has the event")
		}
		if s.Facts.Reason.Value != "" {
			t.Errorf("%+v", s.Facts.Reason)
		}
	}
}

func TestDeflectionThatIsFollowedIsToldOnce(t *testing.T) {
	s := story.Tell(deflected(true), story.En)
	n := 0
	for _, step := range s.Steps {
		if step.Kind == trace.FlowForward {
			n++
		}
	}
	if got := plain(s.Verdict.Sentence()); n != 1 || got != "Busy. 103 was busy." {
		t.Errorf("%d steps; %q", n, got)
	}
}

func TestDeflectionThatIsNotFollowedIsTheEndOfTheCallersCall(t *testing.T) {
	s := story.Tell(deflected(false)[:1], story.En)
	if got := plain(s.Verdict.Sentence()); got != "Failed. Warehouse sends the call on to another number." {
		t.Errorf("%q", got)
	}
}
