package calltest

import (
	"time"

	"sidetone/trace"
)

// conversation plays a call up to the answer, which comes after two seconds.
func conversation() *Script {
	s := NewScript(Reception(), Warehouse())
	invite := ring(s)
	s.Wait(2 * time.Second).answer(invite)
	return s
}

// over ends a conversation with the last account of each stream.
func (s *Script) over(caller, callee trace.Media) []trace.View {
	at := s.Now
	m := s.Request(s.Caller, "BYE", "")
	s.Wait(2*ms).Respond(s.Callee, m, 200, "OK", "")
	s.both(trace.MediaStopped, caller, callee)
	s.finish(at, trace.Local, trace.Remote, trace.Ended{LastResponse: 200, Q850: 16, Result: trace.ResultAnswered})
	return s.Views()
}

// PoorNetwork is a conversation of half a minute in which much is lost on the way to the caller for five seconds.
func PoorNetwork() []trace.View {
	s := conversation()
	side := trace.QualitySide{JitterUS: 4100, R: float(92), MOS: float(4.4)}
	for i := range 6 {
		s.Wait(5 * time.Second)
		side.Packets += 250
		if i == 2 {
			side.Packets, side.Lost, side.Discarded, side.JitterUS = side.Packets-60, 60, 22, 31_400
			side.R, side.MOS = float(80), float(4.0)
		}
		s.Note(s.Caller, trace.MediaQuality, trace.Quality{Local: side})
	}
	s.Note(s.Callee, trace.MediaQuality, trace.Quality{Local: trace.QualitySide{Packets: 1500, JitterUS: 900, R: float(93), MOS: float(4.4)}})
	return s.over(stream("G722", trace.SendRecv, 1500, 1440), stream("G722", trace.SendRecv, 1500, 1500))
}

// HoldNotHonoured is held by a phone to which the other one goes on sending.
func HoldNotHonoured() []trace.View {
	s := conversation()
	s.Wait(4 * time.Second)
	s.offer(s.Caller, trace.SendOnly, trace.RecvOnly)
	s.held(trace.HoldConfirmed, trace.SendOnly, trace.RecvOnly, 200)
	s.Wait(10 * time.Second)
	s.offer(s.Caller, trace.SendRecv, trace.SendRecv)
	s.held(trace.HoldResumed, trace.SendRecv, trace.SendRecv, 700)
	s.Wait(2 * time.Second)
	return s.over(stream("G722", trace.SendRecv, 801, 800), stream("G722", trace.SendRecv, 800, 800))
}

// held records what both phones know of a hold, with how many packets each has sent and received so far.
func (s *Script) held(kind trace.Kind, caller, callee trace.MediaDirection, packets int) {
	s.Note(s.Caller, kind, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: caller})
	s.Note(s.Caller, trace.MediaChanged, stream("G722", caller, packets, packets))
	s.Note(s.Callee, kind, trace.Hold{By: trace.Remote, Method: "re-INVITE", Direction: callee})
	s.Note(s.Callee, trace.MediaChanged, stream("G722", callee, packets, packets))
}

// RTPElsewhere is a conversation in which the caller hears the other one from another address than it was told.
func RTPElsewhere() []trace.View {
	s := conversation()
	s.Wait(12 * time.Second)
	m := stream("G722", trace.SendRecv, 600, 598)
	m.Elsewhere, m.Source = 598, "203.0.113.9:41002"
	return s.over(m, stream("G722", trace.SendRecv, 600, 600))
}
