package calltest

import (
	"strings"
	"time"

	"sidetone/trace"
)

// UnknownName is never sent: the name of the called domain does not exist.
func UnknownName() []trace.View {
	s := NewScript(Reception(), Stranger("103", "sip.exampel.com"))
	s.Initiate()
	s.Wait(240*ms).finish(240*ms, trace.Network, trace.Local, trace.Ended{
		Reason: trace.NameNotFound + ": the name sip.exampel.com does not exist", Result: trace.ResultFailed,
	})
	return s.Views()
}

// RefusedConnection is sent once, to a machine on which nothing listens: ICMP says so.
func RefusedConnection() []trace.View {
	s := NewScript(Reception(), Stranger("103", "10.1.0.77:5060"))
	s.Drop = true
	s.Initiate()
	s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(3*ms).finish(3*ms, trace.Network, trace.Local, trace.Ended{
		Reason: "cannot be reached: send to 10.1.0.77:5060: connection refused", Result: trace.ResultFailed,
	})
	return s.Views()
}

// challenge plays an INVITE that is answered 407; further fields follow the realm.
func (s *Script) challenge(further string) {
	m := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.fields = []string{`Proxy-Authenticate: Digest realm="example.com", nonce="84a4", algorithm=SHA-256` + further}
	s.Wait(9*ms).Respond(s.Callee, m, 407, "Proxy Authentication Required", "")
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.toTag = ""
}

// authorize puts credentials, masked as in every trace, into the next message.
func (s *Script) authorize() { s.fields = []string{"Proxy-Authorization: Digest xxx"} }

// WrongPassword is asked for a password, sends one, and is asked again.
func WrongPassword() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Initiate()
	s.challenge("")
	s.authorize()
	s.challenge("")
	s.finish(s.Now, trace.Remote, trace.Local, trace.Ended{LastResponse: 407, Reason: "Proxy Authentication Required", Result: trace.ResultFailed})
	return s.Views()
}

// NoCodec offers nothing that the called side has, and is told what that has.
func NoCodec() []trace.View {
	s := NewScript(Reception(), Stranger("104", "10.1.0.14:5060"))
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.fields, s.formats = []string{`Warning: 305 10.1.0.14 "incompatible media format"`}, "18 101"
	s.Wait(4*ms).Respond(s.Callee, invite, 488, "Not Acceptable Here", trace.SendRecv)
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: 488, Reason: "Not Acceptable Here", Result: trace.ResultFailed})
	return s.Views()
}

// hungUpOn plays the BYE of a called side that records nothing.
func (s *Script) hungUpOn(e trace.Ended) {
	m := s.Request(s.Callee, "BYE", "")
	at := s.Now
	s.Wait(1*ms).Respond(s.Caller, m, 200, "OK", "")
	s.Note(s.Caller, trace.MediaStopped, stream("PCMA", trace.SendRecv, 1500, 1500))
	e.Side, e.LastResponse, e.Result = trace.Remote, 200, trace.ResultAnswered
	s.End(s.Caller, at, e)
}

// CutAt32 is answered, but its ACK never gets through to the called side, which repeats the 200 and gives up after 64*T1 (RFC
// 3261 section 13.3.1.4), as the caller sees it.
func CutAt32() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 180, "Ringing", "")
	s.Note(s.Caller, trace.CallRinging, trace.Alerting{Who: "15145550199", Status: 180})
	ok := s.Wait(3*time.Second).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	answered := s.Now
	s.Note(s.Caller, trace.CallAnswered, trace.Answered{Who: "15145550199", Codec: "PCMA"})
	s.Note(s.Caller, trace.MediaStarted, stream("PCMA", trace.SendRecv, 0, 0))
	acknowledge := func() {
		s.Drop = true
		s.Request(s.Caller, "ACK", "")
		s.Drop = false
	}
	acknowledge()
	for i, gap := 1, 500*ms; i <= 10; i, gap = i+1, min(gap*2, 4*time.Second) {
		s.Wait(gap-transit).Again(s.Callee, ok, i)
		acknowledge()
	}
	s.Now = answered + 32*time.Second - transit
	s.hungUpOn(trace.Ended{})
	return s.Views()
}

// SessionTimer is a call whose session nobody refreshes: the other side ends it a third of the interval, 32 s at most, before it
// expires (RFC 4028 section 10).
func SessionTimer() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Initiate()
	s.fields = []string{"Session-Expires: 1800"}
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 180, "Ringing", "")
	s.Note(s.Caller, trace.CallRinging, trace.Alerting{Who: "15145550199", Status: 180})
	s.fields = []string{"Session-Expires: 1800;refresher=uac"}
	s.Wait(3*time.Second).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	s.Note(s.Caller, trace.CallAnswered, trace.Answered{Who: "15145550199", Codec: "PCMA"})
	s.Note(s.Caller, trace.MediaStarted, stream("PCMA", trace.SendRecv, 0, 0))
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.Wait(1768 * time.Second).hungUpOn(trace.Ended{})
	return s.Views()
}

// Rewritten is a call whose messages a router between the two phones changes on the way.
func Rewritten() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.between = func(raw string) string { return strings.ReplaceAll(raw, "10.1.0.5", "192.168.8.2") }
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	s.Wait(12 * time.Second).hangUp(s.Caller)
	return s.Views()
}

// SlowSilent takes long to get beyond the first server, and the sound that is then announced does not come.
func SlowSilent() []trace.View {
	s := NewScript(Reception(), Stranger("0115255550100", "10.1.0.1:5060"))
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(40*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Wait(11200*ms).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	s.Note(s.Caller, trace.CallProgress, trace.Alerting{Who: s.Dialled, Status: 183, EarlyMedia: true})
	s.Note(s.Caller, trace.MediaStarted, stream("PCMU", trace.SendRecv, 0, 0))
	s.Wait(10*time.Second).Note(s.Caller, trace.MediaSilent, trace.Silent{ForUS: 10_000_000})
	s.Wait(4*time.Second).Note(s.Caller, trace.DeviceHook, trace.Hook{State: trace.OnHook})
	at := s.cancel(invite)
	s.Note(s.Caller, trace.MediaStopped, stream("PCMU", trace.SendRecv, 700, 0))
	s.finish(at, trace.Local, trace.Remote, trace.Ended{LastResponse: 487, Q850: 16, Result: trace.ResultCancelled})
	return s.Views()
}

// LinesBusy comes to a phone that has as many calls as it may have.
func LinesBusy() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Wait(1*ms).Respond(s.Callee, invite, 486, "Busy Here", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.End(s.Caller, at, trace.Ended{Side: trace.Remote, LastResponse: 486, Reason: "Busy Here", Result: trace.ResultBusy})
	s.End(s.Callee, at, trace.Ended{Side: trace.Local, LastResponse: 486, Q850: 17, Reason: trace.AllLinesBusy, Result: trace.ResultBusy})
	return s.Views()
}

// Declined480 is declined by the person who is called, with the status that else says that nobody is there.
func Declined480() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(3100*ms).Respond(s.Callee, invite, 480, "Temporarily Unavailable", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	e := trace.Ended{Side: trace.Remote, LastResponse: 480, Reason: "Temporarily Unavailable", Result: trace.ResultNoAnswer}
	s.End(s.Caller, at, e)
	e.Side, e.Q850 = trace.Local, 21
	s.End(s.Callee, at, e)
	return s.Views()
}
