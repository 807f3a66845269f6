package calltest

import (
	"time"

	"sidetone/trace"
)

// routed begins a call from outside that a call flow takes at Warehouse: the schedule leads to a branch.
func routed(branch string) (s *Script, invite trace.SIP) {
	s = NewScript(Stranger("5145550142", "10.1.0.1:5060"), Warehouse())
	s.Initiate()
	invite = s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Note(s.Callee, trace.FlowEntered, trace.Entered{Flow: "incoming", Block: "hours"})
	s.Note(s.Callee, trace.FlowSchedule, trace.Schedule{Schedule: "office", Branch: branch})
	return s, invite
}

// Attendant is a call within office hours whose caller chooses a department in the menu of the auto-attendant.
func Attendant() []trace.View {
	s, invite := routed("open")
	s.Wait(4*ms).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	s.both(trace.CallProgress, trace.Alerting{Who: s.Callee.Name, Status: 183, EarlyMedia: true}, trace.Alerting{Who: s.Callee.Name, Status: 183, EarlyMedia: true})
	m := stream("G722", trace.SendRecv, 0, 0)
	s.both(trace.MediaStarted, m, m)
	s.Note(s.Callee, trace.FlowMenu, trace.Menu{Menu: "main", Prompt: "welcome.wav"})
	s.Wait(7200*ms).Note(s.Callee, trace.DTMFReceived, trace.DTMF{Digits: "x", DurationUS: 120_000})
	s.Note(s.Callee, trace.FlowChoice, trace.Choice{Menu: "main", Key: "2", Target: "shipping"})
	s.Note(s.Callee, trace.FlowRing, trace.Ring{Seats: []string{"handset", "104"}})
	s.Wait(6*ms).Respond(s.Callee, invite, 180, "Ringing", "")
	s.both(trace.CallRinging, trace.Alerting{Who: s.Callee.Name, Status: 180}, trace.Alerting{Who: s.Callee.Name, Status: 180})
	s.Wait(4 * time.Second).answer(invite)
	s.Wait(52 * time.Second).hangUp(s.Caller)
	return s.Views()
}

// AfterHours is a call that the schedule leads to an announcement and a refusal.
func AfterHours() []trace.View {
	s, invite := routed("closed")
	s.Wait(3*ms).Note(s.Callee, trace.FlowResponse, trace.Response{Status: 480, Message: "Closed until tomorrow", Media: "closed.wav"})
	s.Respond(s.Callee, invite, 480, "Closed until tomorrow", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: 480, Reason: "Closed until tomorrow", Result: trace.ResultFailed})
	return s.Views()
}
