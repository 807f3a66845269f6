package calltest

import (
	"time"

	"sidetone/trace"
)

// Branched is forwarded, waits in a queue, and reaches two devices: the second one describes its sound last, the first one
// sends some, and the second one answers.
func Branched() []trace.View {
	s := NewScript(Reception(), Stranger("102", "10.1.0.1:5060"))
	s.Callee.Name = "Warehouse"
	sound := func(remote string, early trace.EarlyReason) trace.Media {
		m := stream("PCMA", trace.SendRecv, 0, 0)
		m.Remote, m.Early = remote, early
		return m
	}
	progress := trace.Alerting{Who: "Warehouse", Status: 183, EarlyMedia: true}
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Wait(20*ms).Respond(s.Callee, invite, 181, "Call Is Being Forwarded", "")
	s.Wait(200*ms).Respond(s.Callee, invite, 182, "Queued", "")
	s.Wait(4*time.Second).Respond(s.Callee, invite, 182, "Queued, 1 before you", "")
	s.Wait(3*time.Second).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	s.Note(s.Caller, trace.CallProgress, progress)
	s.Note(s.Caller, trace.MediaStarted, sound("10.1.0.21:4000", ""))
	s.toTag = "90d2"
	s.Wait(30*ms).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	s.Note(s.Caller, trace.CallProgress, progress)
	s.Note(s.Caller, trace.MediaChanged, sound("10.1.0.22:4000", trace.EarlyDescribed))
	s.Wait(15*ms).Note(s.Caller, trace.MediaChanged, sound("10.1.0.21:4000", trace.EarlyRTP))
	s.Wait(6 * time.Second)
	s.answer(invite)
	s.Note(s.Caller, trace.MediaChanged, sound("10.1.0.22:4000", ""))
	s.Wait(21 * time.Second)
	s.hangUp(s.Caller)
	return s.Views()
}
