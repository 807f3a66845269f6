package calltest

import (
	"time"

	"sidetone/trace"
)

const ms = time.Millisecond

// Calls lists every scripted call by name, as the folders of trace/testdata are called.
func Calls() map[string]func() []trace.View {
	return map[string]func() []trace.View{
		"answered": Answered, "callee-only": CalleeOnly, "busy": Busy, "rejected": Rejected, "no-answer": NoAnswer,
		"cancelled": Cancelled, "unknown-number": UnknownNumber, "unreachable": Unreachable, "blocked": Blocked,
		"cut": Cut, "live": Live, "live-held": LiveHeld, "lossy": Lossy, "hold-refused": HoldRefused,
		"hold-lost": HoldLost,
		"no-ack":    NoACK, "one-way": OneWay, "challenged": Challenged, "through-proxy": ThroughProxy,
		"transferred": Transferred, "transfer-failed": TransferFailed, "transfer-attended": Attended,
		"branched": Branched, "attendant": Attendant, "after-hours": AfterHours,
		"unknown-name": UnknownName, "refused-connection": RefusedConnection, "wrong-password": WrongPassword, "no-codec": NoCodec,
		"cut-at-32s": CutAt32, "session-timer": SessionTimer, "rewritten": Rewritten, "slow-silent": SlowSilent, "lines-busy": LinesBusy,
		"declined-480": Declined480,
		"unregistered": Unregistered, "line-lost": LineLost, "link-lost": LinkLost, "disturbed": Disturbed,
		"poor-network": PoorNetwork, "hold-not-honoured": HoldNotHonoured, "rtp-elsewhere": RTPElsewhere,
	}
}

// ring plays a call up to the ringing: lifted handset, INVITE, 100, 183 with audio, 180.
func ring(s *Script) (invite trace.SIP) {
	s.Now = -3310 * ms
	s.Note(s.Caller, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	s.Wait(1500*ms).Note(s.Caller, trace.DeviceKey, trace.Key{Keys: "xxx"})
	s.Now = 0
	s.Initiate()
	invite = s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.alert(invite)
	return invite
}

func (s *Script) alert(invite trace.SIP) {
	s.Wait(12*ms).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	d := trace.Alerting{Who: s.Callee.Name, Status: 183, EarlyMedia: true}
	s.both(trace.CallProgress, d, d)
	m := stream("G722", trace.SendRecv, 0, 0)
	s.both(trace.MediaStarted, m, m)
	s.Wait(18*ms).Respond(s.Callee, invite, 180, "Ringing", "")
	d = trace.Alerting{Who: s.Callee.Name, Status: 180}
	s.both(trace.CallRinging, d, d)
}

// both records what both ends know at the same time.
func (s *Script) both(kind trace.Kind, caller, callee trace.Payload) {
	s.Note(s.Caller, kind, caller)
	s.Note(s.Callee, kind, callee)
}

func stream(codec string, d trace.MediaDirection, sent, received int) trace.Media {
	return trace.Media{
		Codec: codec, Direction: d, Local: "10.1.0.5:10004", Remote: "10.1.0.9:10008", PtimeUS: 20_000,
		Sent: sent, Received: received,
	}
}

func (s *Script) answer(invite trace.SIP) {
	s.Note(s.Callee, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	s.Wait(3*ms).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	d := trace.Answered{Who: s.Callee.Name, Codec: "G722"}
	s.both(trace.CallAnswered, d, d)
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
}

// offer plays a re-INVITE with its answer and ACK.
func (s *Script) offer(from *Phone, direction, answer trace.MediaDirection) {
	m := s.Request(from, "INVITE", direction)
	s.Wait(30 * ms)
	s.Respond(s.peer(from), m, 200, "OK", answer)
	s.Wait(1*ms).Request(from, "ACK", "")
}

func (s *Script) hold(from *Phone) {
	s.Note(from, trace.HoldRequested, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv})
	s.offer(from, trace.SendOnly, trace.RecvOnly)
	s.holdNotes(from, trace.HoldConfirmed, trace.SendOnly, trace.RecvOnly)
}

func (s *Script) resume(from *Phone) {
	s.offer(from, trace.SendRecv, trace.SendRecv)
	s.holdNotes(from, trace.HoldResumed, trace.SendRecv, trace.SendRecv)
}

func (s *Script) holdNotes(from *Phone, kind trace.Kind, ours, theirs trace.MediaDirection) {
	s.Note(from, kind, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: ours})
	s.Note(from, trace.MediaChanged, stream("G722", ours, 0, 0))
	s.Note(s.peer(from), kind, trace.Hold{By: trace.Remote, Method: "re-INVITE", Direction: theirs})
	s.Note(s.peer(from), trace.MediaChanged, stream("G722", theirs, 0, 0))
}

func float(v float64) *float64 { return &v }

func micros(v trace.Micros) *trace.Micros { return &v }

// measured is the quality at both ends of an ordinary call, and the end of the streams.
func (s *Script) measured(lost int) {
	caller := trace.QualitySide{Packets: 6890, Lost: lost, JitterUS: 812, RTTUS: micros(820), R: float(91), MOS: float(4.3)}
	callee := trace.QualitySide{Packets: 6880, Lost: lost + 14, JitterUS: 1320, RTTUS: micros(820), R: float(84), MOS: float(4.1)}
	s.both(trace.MediaQuality, trace.Quality{Local: caller, Remote: &callee}, trace.Quality{Local: callee, Remote: &caller})
	s.both(trace.MediaStopped, stream("G722", trace.SendRecv, 6894, 6890), stream("G722", trace.SendRecv, 6894, 6880))
}

// hangUp plays a BYE and records the end at both phones.
func (s *Script) hangUp(from *Phone) {
	s.Note(from, trace.DeviceHook, trace.Hook{State: trace.OnHook})
	at := s.Now
	m := s.Request(from, "BYE", "")
	s.Wait(2*ms).Respond(s.peer(from), m, 200, "OK", "")
	s.measured(0)
	e := trace.Ended{Side: trace.Local, LastResponse: 200, Q850: 16, Reason: "Normal call clearing", Result: trace.ResultAnswered}
	s.End(from, at, e)
	e.Side = trace.Remote
	s.End(s.peer(from), at+transit, e)
}

// Answered is a whole call: 183 before 180, a hold by each side, the called phone hangs up.
func Answered() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(5300 * ms).answer(invite)
	s.Wait(40900 * ms).hold(s.Caller)
	s.Wait(28 * time.Second).resume(s.Caller)
	s.Wait(21 * time.Second).hold(s.Callee)
	s.Wait(9 * time.Second).resume(s.Callee)
	s.Wait(31 * time.Second).hangUp(s.Callee)
	return s.Views()
}

// CalleeOnly is the same call when only the called phone records it.
func CalleeOnly() []trace.View { return Answered()[1:] }

// finish records a call that was never answered.
func (s *Script) finish(at time.Duration, caller, callee trace.Side, e trace.Ended) {
	e.Side = caller
	s.End(s.Caller, at, e)
	e.Side = callee
	s.End(s.Callee, at, e)
}

// Busy is refused with 486 before it rings.
func Busy() []trace.View {
	s := NewScript(Reception(), Warehouse())
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Wait(4*ms).Respond(s.Callee, invite, 486, "Busy Here", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: 486, Q850: 17, Reason: "Busy Here", Result: trace.ResultBusy})
	return s.Views()
}

// Rejected is declined with 603 after some ringing.
func Rejected() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(3100*ms).Respond(s.Callee, invite, 603, "Decline", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: 603, Reason: "Decline", Result: trace.ResultFailed})
	return s.Views()
}

// cancel plays CANCEL, its 200, the 487 and the ACK.
func (s *Script) cancel(invite trace.SIP) time.Duration {
	at := s.Now
	m := s.Request(s.Caller, "CANCEL", "")
	s.Wait(1*ms).Respond(s.Callee, m, 200, "OK", "")
	s.Respond(s.Callee, invite, 487, "Request Terminated", "")
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	return at
}

// NoAnswer rings until the caller's time is over.
func NoAnswer() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	at := s.Wait(15 * time.Second).cancel(invite)
	s.End(s.Caller, at, trace.Ended{Side: trace.Timer, LastResponse: 180, Q850: 19, Reason: "No answer", Result: trace.ResultNoAnswer})
	s.End(s.Callee, at, trace.Ended{Side: trace.Remote, LastResponse: 487, Q850: 19, Reason: "No answer", Result: trace.ResultNoAnswer})
	return s.Views()
}

// Cancelled is given up by the caller while it rings.
func Cancelled() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(4*time.Second).Note(s.Caller, trace.DeviceHook, trace.Hook{State: trace.OnHook})
	at := s.cancel(invite)
	s.finish(at, trace.Local, trace.Remote, trace.Ended{LastResponse: 487, Q850: 16, Result: trace.ResultCancelled})
	return s.Views()
}

// UnknownNumber is refused with 404 by a server that records nothing.
func UnknownNumber() []trace.View {
	s := NewScript(Reception(), Stranger("199", "10.1.0.1:5060"))
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(3*ms).Respond(s.Callee, invite, 404, "Not Found", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.finish(at, trace.Remote, trace.Local, trace.Ended{LastResponse: 404, Reason: "Not Found", Result: trace.ResultFailed})
	return s.Views()
}

// Unreachable is sent seven times to an address where nobody is (RFC 3261 timers A and B).
func Unreachable() []trace.View {
	s := NewScript(Reception(), Stranger("103", "10.1.0.77:5060"))
	s.Drop = true
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	for i, gap := 1, 500*ms; i <= 6; i, gap = i+1, gap*2 {
		s.Wait(gap).Again(s.Caller, invite, i)
	}
	s.Now = 32 * time.Second
	s.finish(s.Now, trace.Network, trace.Local, trace.Ended{Result: trace.ResultFailed})
	return s.Views()
}

// Blocked is a number outside the allowed directions.
func Blocked() []trace.View {
	s := NewScript(Reception(), Stranger("19005550100", "10.1.0.1:5060"))
	s.Note(s.Caller, trace.CallInitiated, trace.Initiated{
		Direction: trace.Out, From: trace.Party{Name: "Reception"}, To: trace.Party{URI: "19005550100"},
	})
	s.Note(s.Caller, trace.RouteBlocked, trace.Blocked{Number: "19005550100", Status: 900})
	s.End(s.Caller, 0, trace.Ended{Side: trace.Local, LastResponse: 900, Reason: "not an allowed direction", Result: trace.ResultBlocked})
	return s.Views()
}

// Cut loses the caller's agent in the middle of the conversation; at its next start it closes the call.
func Cut() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(4 * time.Second).answer(invite)
	s.Wait(12400 * ms).hold(s.Caller)
	s.Wait(2 * time.Second)
	at, last := s.Now, s.Caller.seq
	p := s.Caller
	s.Drop = true
	s.Wait(20 * time.Second)
	bye := s.Request(s.Callee, "BYE", "")
	byeAt := s.Now
	for i, gap := 1, 500*ms; i <= 10; i, gap = i+1, min(gap*2, 4*time.Second) {
		s.Wait(gap).Again(s.Callee, bye, i)
	}
	s.End(s.Callee, byeAt, trace.Ended{Side: trace.Local, LastResponse: 200, Q850: 16, Result: trace.ResultAnswered})

	cutBoot := p.boot
	p.boot, p.seq, p.mono = 0x77aa01bc23de4501, 2, time.Second-s.Now
	s.Note(p, trace.AgentStopped, trace.Stopped{Reason: trace.StoppedByCut, Boot: cutBoot, Seq: last})
	s.endCut(p, cutBoot, at)
	return s.Views()
}

// endCut closes a call whose agent was gone after at, as the next run of the agent does.
func (s *Script) endCut(p *Phone, boot trace.Boot, at time.Duration) {
	run := &Phone{Records: true, mono: 81_234_567 * time.Microsecond}
	for _, e := range p.events {
		if e.Boot == boot {
			run.events = append(run.events, e)
		}
	}
	s.End(run, at, trace.Ended{Side: trace.Local, LastResponse: 200, Reason: "agent stopped", Result: trace.ResultAnswered})
	d, _ := run.events[len(run.events)-1].Data.(trace.Ended)
	d.Events = p.n + 1
	s.Note(p, trace.CallEnded, d)
}

// Live is a call that is up.
func Live() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(5300 * ms).answer(invite)
	return s.Views()
}

// LiveHeld is a call on hold, seen by the caller only.
func LiveHeld() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	s.Wait(8 * time.Second).hold(s.Callee)
	s.Wait(65*time.Second).Note(s.Caller, trace.DTMFSent, trace.DTMF{Digits: "x"})
	return s.Views()[:1]
}

// Lossy loses packets on the way and events at the called phone, whose clock was never set.
func Lossy() []trace.View {
	warehouse := Warehouse()
	warehouse.Clock, warehouse.Ahead = trace.ClockUnsynced, -20*365*24*time.Hour
	s := NewScript(Reception(), warehouse)
	s.Initiate()
	s.Drop = true
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Drop = false
	s.Wait(500*ms).Again(s.Caller, invite, 1)
	s.Wait(12*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.alert(invite)
	s.Wait(3 * time.Second).answer(invite)
	s.Wait(20 * time.Second)
	at := s.Now
	s.Drop = true
	bye := s.Request(s.Caller, "BYE", "")
	s.Wait(500*ms).Again(s.Caller, bye, 1)
	s.Drop = false
	s.Wait(time.Second).Again(s.Caller, bye, 2)
	s.Wait(2*ms).Respond(s.Callee, bye, 200, "OK", "")
	caller := trace.QualitySide{Packets: 980, Lost: 62, Discarded: 11, JitterUS: 24100, R: float(58), MOS: float(3.0)}
	callee := trace.QualitySide{Packets: 1004, Lost: 40, JitterUS: 19800, R: float(66), MOS: float(3.4)}
	s.both(trace.MediaQuality, trace.Quality{Local: caller}, trace.Quality{Local: callee})
	s.finish(at, trace.Local, trace.Remote, trace.Ended{LastResponse: 200, Q850: 16, Result: trace.ResultAnswered})
	views := s.Views()
	views[1].Events = append(append([]trace.Event{}, views[1].Events[:6]...), views[1].Events[9:]...)
	views[1].Around = append(views[1].Around, trace.Event{
		Boot: warehouse.boot, Seq: warehouse.seq + 1, At: start.Add(s.Now + warehouse.Ahead + time.Second), Mono: warehouse.mono + s.Now + time.Second,
		Clock: trace.ClockUnsynced, Kind: trace.AgentGap,
		Data: trace.Gap{From: 19, To: 21, Boot: warehouse.boot, Reason: trace.GapJournalFull, Count: 3},
	})
	return views
}

// HoldRefused asks for a hold that is refused with 488; the call goes on.
func HoldRefused() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	s.Wait(8 * time.Second)
	s.Note(s.Caller, trace.HoldRequested, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv})
	m := s.Request(s.Caller, "INVITE", trace.SendOnly)
	s.Wait(9*ms).Respond(s.Callee, m, 488, "Not Acceptable Here", "")
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.Note(s.Caller, trace.HoldRefused, trace.Hold{
		By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv, Status: 488, Reason: "Not Acceptable Here",
	})
	s.Wait(5 * time.Second).hangUp(s.Caller)
	return s.Views()
}

// HoldLost asks for a hold of a call that the other side no longer knows: 481, which ends it.
func HoldLost() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	s.Wait(8 * time.Second)
	s.Note(s.Caller, trace.HoldRequested, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendOnly})
	m := s.Request(s.Caller, "INVITE", trace.SendOnly)
	s.Wait(9*ms).Respond(s.Callee, m, 481, "Call/Transaction Does Not Exist", "")
	at := s.Now
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.Note(s.Caller, trace.HoldRefused, trace.Hold{
		By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv, Status: 481, Reason: "Call/Transaction Does Not Exist",
	})
	bye := s.Request(s.Caller, "BYE", "")
	s.Wait(2*ms).Respond(s.Callee, bye, 481, "Call/Transaction Does Not Exist", "")
	s.End(s.Caller, at, trace.Ended{Side: trace.Network, LastResponse: 200, Reason: "Call/Transaction Does Not Exist", Result: trace.ResultAnswered})
	return s.Views()[:1]
}

// NoACK is answered, but the ACK never arrives; the called phone gives up after 64*T1 (RFC 3261 section 13.3.1.4).
func NoACK() []trace.View {
	s := NewScript(Stranger("514", "203.0.113.8:5060"), Warehouse())
	s.Caller.Name = "Marie Tremblay"
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(2*ms).Respond(s.Callee, invite, 180, "Ringing", "")
	s.Note(s.Callee, trace.CallRinging, trace.Alerting{Who: "Warehouse", Status: 180})
	s.Wait(2*time.Second).Note(s.Callee, trace.DeviceHook, trace.Hook{State: trace.OffHook})
	ok := s.Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	answered := s.Now
	s.Note(s.Callee, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMU"})
	s.Note(s.Callee, trace.MediaStarted, stream("PCMU", trace.SendRecv, 0, 0))
	for i, gap := 1, 500*ms; i <= 10; i, gap = i+1, min(gap*2, 4*time.Second) {
		s.Wait(gap).Again(s.Callee, ok, i)
	}
	s.Now = answered + 32*time.Second
	at := s.Now
	s.Note(s.Callee, trace.MediaStopped, stream("PCMU", trace.SendRecv, 1600, 0))
	bye := s.Request(s.Callee, "BYE", "")
	s.Wait(40*ms).Respond(s.Caller, bye, 481, "Call/Transaction Does Not Exist", "")
	s.End(s.Callee, at, trace.Ended{Side: trace.Network, LastResponse: 200, Q850: 102, Reason: "No ACK", Result: trace.ResultAnswered})
	return s.Views()
}

// OneWay is a conversation in which nothing reaches the caller.
func OneWay() []trace.View {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	s.Wait(5*time.Second).Note(s.Caller, trace.MediaSilent, trace.Silent{ForUS: 5_000_000})
	s.Wait(15 * time.Second)
	at := s.Now
	m := s.Request(s.Caller, "BYE", "")
	s.Wait(2*ms).Respond(s.Callee, m, 200, "OK", "")
	s.both(trace.MediaQuality,
		trace.Quality{Local: trace.QualitySide{}},
		trace.Quality{Local: trace.QualitySide{Packets: 1002, JitterUS: 700, MOS: float(4.4)}})
	s.both(trace.MediaStopped, stream("G722", trace.SendRecv, 1002, 0), stream("G722", trace.SendRecv, 1001, 1002))
	s.finish(at, trace.Local, trace.Remote, trace.Ended{LastResponse: 200, Q850: 16, Result: trace.ResultAnswered})
	return s.Views()
}

// Challenged is asked for a password first; that is no failure.
func Challenged() []trace.View {
	s := NewScript(Reception(), Stranger("15145550199", "10.1.0.1:5060"))
	s.Initiate()
	first := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(9*ms).Respond(s.Callee, first, 407, "Proxy Authentication Required", "")
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.Anew()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(9*ms).Respond(s.Callee, invite, 100, "Trying", "")
	s.Wait(800*ms).Respond(s.Callee, invite, 183, "Session Progress", trace.SendRecv)
	s.Note(s.Caller, trace.CallProgress, trace.Alerting{Who: "15145550199", Status: 183, EarlyMedia: true})
	s.Wait(6*time.Second).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	s.Note(s.Caller, trace.CallAnswered, trace.Answered{Who: "15145550199", Codec: "PCMU"})
	s.Note(s.Caller, trace.MediaStarted, stream("PCMU", trace.SendRecv, 0, 0))
	s.Wait(1*ms).Request(s.Caller, "ACK", "")
	s.Wait(75 * time.Second).hangUp(s.Callee)
	return s.Views()
}
