package calltest

import (
	"time"

	"sidetone/trace"
)

// own records what happens to a phone itself and belongs to no call.
func (s *Script) own(p *Phone, kind trace.Kind, data trace.Payload) *Script {
	p.seq++
	p.around = append(p.around, trace.Event{
		Boot: p.boot, Seq: p.seq, At: start.Add(s.Now + p.Ahead), Mono: p.mono + s.Now, Clock: p.Clock, Kind: kind, Data: data,
	})
	return s
}

// receptionLine is what the events of Reception's line have in common.
func receptionLine(status int, reason string) trace.Line {
	return trace.Line{Line: 1, AOR: "sip:101@example.com", Registrar: "sip:example.com", Status: status, Reason: reason}
}

// refused plays a call that a server refuses at once.
func (s *Script) refused(status int, reason string) []trace.View {
	s.Now = 0
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(9*ms).Respond(s.Callee, invite, status, reason, "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: status, Reason: reason, Result: trace.ResultFailed})
	return s.Views()
}

// Unregistered is placed over a line that its registrar has just refused, and refused for it.
func Unregistered() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Now = -12 * time.Second
	s.own(s.Caller, trace.LineRegistering, receptionLine(0, ""))
	s.Wait(40*ms).own(s.Caller, trace.LineFailed, receptionLine(403, "Forbidden"))
	return s.refused(403, "Forbidden")
}

// LineLost is placed over a line that lost its registration three minutes before, and has tried again since.
func LineLost() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Caller.mono = time.Hour
	registered := receptionLine(200, "OK")
	registered.ExpiresUS = trace.MicrosOf(10 * time.Minute)
	s.Now = -13 * time.Minute
	s.own(s.Caller, trace.LineRegistering, receptionLine(0, ""))
	s.Wait(30*ms).own(s.Caller, trace.LineRegistered, registered)
	s.Now = -3 * time.Minute
	s.own(s.Caller, trace.LineRegistering, receptionLine(0, ""))
	s.Wait(20*ms).own(s.Caller, trace.LineFailed, receptionLine(503, "Service Unavailable"))
	s.Now = -20 * time.Second
	s.own(s.Caller, trace.LineRegistering, receptionLine(0, ""))
	return s.refused(403, "Forbidden")
}

// LinkLost is a conversation in the middle of which the called phone's cable is out for some seconds.
func LinkLost() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(3 * time.Second).answer(invite)
	s.Wait(9*time.Second).own(s.Callee, trace.DeviceLink, trace.Link{Interface: "eth0"})
	s.Wait(4200*ms).own(s.Callee, trace.DeviceLink, trace.Link{Interface: "eth0", Up: true})
	s.Wait(8 * time.Second).hangUp(s.Caller)
	return s.Views()
}

// Disturbed is a conversation during which the caller's clock is set and its sound device fails.
func Disturbed() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(3 * time.Second).answer(invite)
	s.Wait(2*time.Second).own(s.Caller, trace.ClockStepped, trace.ClockStep{StepUS: trace.MicrosOf(3 * time.Minute)})
	s.Caller.Ahead += 3 * time.Minute
	s.Wait(5*time.Second).own(s.Caller, trace.DeviceFault, trace.Fault{Part: "audio", Error: "write hw:0,0: no such device"})
	s.Wait(6 * time.Second).hangUp(s.Callee)
	return s.Views()
}
