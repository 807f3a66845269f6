package calltest

import (
	"time"

	"sidetone/trace"
)

// workshop is whom the called phone is transferred to.
var workshop = trace.Party{URI: "sip:103@10.1.0.12"}

// talk plays a call up to a moment in the conversation.
func (s *Script) talk() {
	invite := ring(s)
	s.Wait(4200 * ms).answer(invite)
	s.Wait(12 * time.Second)
}

// refer plays the hold, the REFER with its 202, and the report that the other side tries.
func (s *Script) refer() {
	s.transfer(trace.TransferRequested, trace.Local, 0, "")
	s.hold(s.Caller)
	m := s.Request(s.Caller, "REFER", "")
	s.Wait(1*ms).Respond(s.Callee, m, 202, "Accepted", "")
	s.transfer(trace.TransferRequested, trace.Remote, 0, "")
	s.report()
	s.transfer(trace.TransferProgress, trace.Local, 100, "Trying")
}

// transfer records how a transfer goes, at the phone that began it for trace.Local.
func (s *Script) transfer(kind trace.Kind, by trace.Side, status int, reason string) {
	p := s.Caller
	if by == trace.Remote {
		p = s.Callee
	}
	s.Note(p, kind, trace.Transfer{By: by, To: workshop, Status: status, Reason: reason})
}

// report plays a NOTIFY.
func (s *Script) report() {
	m := s.Request(s.Callee, "NOTIFY", "")
	s.Wait(1*ms).Respond(s.Caller, m, 200, "OK", "")
}

// outcome records what became of a transfer at both phones.
func (s *Script) outcome(kind trace.Kind, status int, reason string) {
	s.transfer(kind, trace.Remote, status, reason)
	s.report()
	s.transfer(kind, trace.Local, status, reason)
}

// handOver ends the call of the phone that has transferred it.
func (s *Script) handOver() {
	s.Wait(1 * ms)
	at := s.Now
	m := s.Request(s.Caller, "BYE", "")
	s.Wait(2*ms).Respond(s.Callee, m, 200, "OK", "")
	s.measured(0)
	e := trace.Ended{Side: trace.Local, LastResponse: 200, Q850: 16, Reason: "transferred", Result: trace.ResultAnswered}
	s.End(s.Caller, at, e)
	e.Side = trace.Remote
	s.End(s.Callee, at+transit, e)
}

// Transferred is a call that the caller hands over to a third phone, which rings and answers.
func Transferred() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.talk()
	s.refer()
	s.Wait(40*ms).outcome(trace.TransferProgress, 180, "Ringing")
	s.Wait(2600*ms).outcome(trace.TransferDone, 200, "OK")
	s.handOver()
	return s.Views()
}

// TransferFailed is one whose third phone is busy: the call goes on.
func TransferFailed() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.talk()
	s.refer()
	s.Wait(40*ms).outcome(trace.TransferFailed, 486, "Busy Here")
	s.Wait(1 * ms).resume(s.Caller)
	s.Wait(8 * time.Second).hangUp(s.Caller)
	return s.Views()
}

// Attended is one whose third phone talks with the caller already: it takes the call over without ringing.
func Attended() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.talk()
	s.hold(s.Caller)
	s.Wait(15 * time.Second)
	s.transfer(trace.TransferRequested, trace.Local, 0, "")
	m := s.Request(s.Caller, "REFER", "")
	s.Wait(1*ms).Respond(s.Callee, m, 202, "Accepted", "")
	s.transfer(trace.TransferRequested, trace.Remote, 0, "")
	s.Wait(30*ms).outcome(trace.TransferDone, 200, "OK")
	s.handOver()
	return s.Views()
}
