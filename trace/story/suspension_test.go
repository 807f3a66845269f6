package story_test

import (
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// expired is a call whose called person unplugs the telephone and does not come back within ISUP T2; the caller's phone has seen a
// hold and a BYE.
func expired() []trace.View {
	s := calltest.NewScript(calltest.Reception(), calltest.Warehouse())
	both := func(kind trace.Kind, caller, callee trace.Payload) {
		s.Note(s.Caller, kind, caller)
		s.Note(s.Callee, kind, callee)
	}
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(time.Second).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	d := trace.Answered{Who: "Warehouse", Codec: "PCMA"}
	both(trace.CallAnswered, d, d)
	s.Request(s.Caller, "ACK", "")
	s.Wait(5*time.Second).Note(s.Callee, trace.DeviceHandset, trace.Handset{})
	s.Note(s.Callee, trace.SuspendStarted, trace.Suspend{Initiator: trace.SuspendByUser, Timer: trace.ISUPT2, Deadline: s.At().Add(3 * time.Minute)})
	hold := s.Request(s.Callee, "UPDATE", trace.Inactive)
	s.Respond(s.Caller, hold, 200, "OK", trace.Inactive)
	s.Note(s.Caller, trace.HoldConfirmed, trace.Hold{By: trace.Remote, Method: "UPDATE", Direction: trace.Inactive})
	s.Wait(3*time.Minute).Note(s.Callee, trace.SuspendExpired, trace.Suspend{Initiator: trace.SuspendByUser, Timer: trace.ISUPT2, Deadline: s.At()})
	at := s.Now
	bye := s.Request(s.Callee, "BYE", "")
	s.Respond(s.Caller, bye, 200, "OK", "")
	e := trace.Ended{Side: trace.Timer, LastResponse: 200, Q850: 102, Reason: "ISUP T2 expired", Result: trace.ResultAnswered}
	s.End(s.Callee, at, e)
	e.Side = trace.Remote
	s.End(s.Caller, at, e)
	return s.Views()
}

func TestWhatEndedACallIsToldByTheDeviceThatEndedIt(t *testing.T) {
	for lang, want := range map[phrase.Lang]string{
		phrase.En:   "The call was ended because Warehouse’s telephone was not plugged in again in time (ISUP T2)",
		phrase.FrCA: "L’appel a pris fin parce que le téléphone de Warehouse n’a pas été rebranché à temps (ISUP T2)",
	} {
		s := story.Tell(expired(), lang)
		if last := s.Steps[len(s.Steps)-1].Sentence; plain(last) != want {
			t.Errorf("%q, want %q", last, want)
		}
		holds := 0
		for _, step := range s.Steps {
			if step.Kind == trace.HoldConfirmed {
				holds++
			}
		}
		if holds != 0 {
			t.Error("the hold that the other side has seen is told beside the suspension")
		}
	}
}

func TestCallThatIsSuspendedJustNowIsHeld(t *testing.T) {
	views := expired()
	for i := range views {
		for n, e := range views[i].Events {
			if e.Kind == trace.SuspendExpired || e.Kind == trace.HoldConfirmed {
				views[i].Events = views[i].Events[:n+1]
				break
			}
		}
	}
	callee := views[1].Events
	views[1].Events = callee[:len(callee)-1] // without the expiry
	s := story.Tell(views[1:], phrase.En)
	last := s.Phases[len(s.Phases)-1]
	if last.Kind != story.Held || !last.Open {
		t.Errorf("%+v", last)
	}
	if got := plain(s.Verdict.Sentence()); got != "Suspended. Warehouse picked up after 1.0 s; the call waits for Warehouse to come back." {
		t.Errorf("%q", got)
	}
}

// A call that is sent on comes to somebody else, though its messages still name whom it was for.
func TestCallThatIsSentOnNamesWhoItCameTo(t *testing.T) {
	s := calltest.NewScript(calltest.Reception(), calltest.Warehouse())
	by, to := trace.Party{URI: "sip:102@10.0.0.2", Name: "Warehouse"}, trace.Party{URI: "sip:103@10.0.0.3"}
	s.Initiate()
	s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(time.Second).Note(s.Caller, trace.FlowForward, trace.Forward{To: to, By: &by, Status: 302})
	s.Wait(time.Second).Note(s.Caller, trace.CallAnswered, trace.Answered{Who: "103", Codec: "PCMA"})
	views := s.Views()
	office := views[1]
	office.Device, office.Name = "office-1", "Office"
	first := office.Events[0]
	first.Data = trace.Initiated{Direction: trace.In, From: trace.Party{URI: "sip:101@10.0.0.1"}, To: trace.Party{URI: "sip:102@10.0.0.2"}, Account: "sip:103@10.0.0.3"}
	office.Events = []trace.Event{first}
	told := story.Tell(append(views, office), phrase.En)
	answered := ""
	for _, step := range told.Steps {
		if step.Kind == trace.CallAnswered {
			answered = step.Sentence
		}
	}
	if answered != "Office answered" || told.Callee.Name != "Warehouse" {
		t.Errorf("%q, called %q", answered, told.Callee.Name)
	}
}
