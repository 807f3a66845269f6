package calltest

import (
	"time"

	"sidetone/trace"
)

// End records call.ended at a phone. at is the moment that ended the call; the durations follow from what the phone has
// recorded, and the number of events is counted.
func (s *Script) End(p *Phone, at time.Duration, e trace.Ended) *Script {
	if !p.Records {
		return s
	}
	begin, alert, answer := time.Duration(-1), time.Duration(-1), time.Duration(-1)
	var held, heldSince time.Duration
	end := at + p.mono
	holding := 0
	for _, ev := range p.events {
		switch ev.Kind {
		case trace.CallInitiated:
			begin = ev.Mono
		case trace.CallProgress, trace.CallRinging:
			if alert < 0 {
				alert = ev.Mono
			}
		case trace.CallAnswered:
			answer = ev.Mono
		case trace.HoldConfirmed:
			if holding++; holding == 1 {
				heldSince = ev.Mono
			}
		case trace.HoldResumed:
			if holding--; holding == 0 {
				held += ev.Mono - heldSince
			}
		default:
		}
	}
	if holding > 0 {
		held += end - heldSince
	}
	e.TotalUS, e.HeldUS = trace.MicrosOf(end-begin), trace.MicrosOf(held)
	setupEnd, ringEnd := end, end
	if answer >= 0 {
		setupEnd, ringEnd = answer, answer
		e.TalkingUS = trace.MicrosOf(end - answer - held)
	}
	if alert >= 0 {
		setupEnd = alert
		e.RingingUS = trace.MicrosOf(ringEnd - alert)
	}
	e.SetupUS = trace.MicrosOf(setupEnd - begin)
	e.Events = p.n + 1
	return s.Note(p, trace.CallEnded, e)
}
