// Package storetest holds the contract that every engine of package store must pass, and phones that make up events
// for it and for tests of whatever stands on a store.
package storetest

import (
	"fmt"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// Epoch is when the phones of a test were switched on, and when the collector receives what they report.
var Epoch = time.Date(2026, 11, 21, 3, 38, 0, 0, time.UTC)

// Phone makes up the events of one device, numbered as a device numbers them.
type Phone struct {
	ID    string
	Boot  trace.Boot
	Clock trace.Clock
	Now   time.Time // of the next event; each event moves it on by 100 ms

	began time.Time
	seq   uint64
	n     map[string]int
}

// NewPhone switches a phone on at Epoch.
func NewPhone(id string, boot trace.Boot) *Phone {
	return &Phone{ID: id, Boot: boot, Clock: trace.ClockSynced, Now: Epoch, began: Epoch, n: map[string]int{}}
}

// Event makes the next event; call is "" for one of the device itself.
func (p *Phone) Event(call string, kind trace.Kind, data trace.Payload) store.Line {
	p.seq++
	e := trace.Event{
		Boot: p.Boot, Seq: p.seq, At: p.Now, Mono: p.Now.Sub(p.began), Clock: p.Clock, Call: call, Kind: kind, Data: data,
	}
	if call != "" {
		p.n[call]++
		e.N, e.Leg = p.n[call], 1
	}
	p.Now = p.Now.Add(100 * time.Millisecond)
	raw, err := e.Encode()
	if err != nil {
		panic(fmt.Sprintf("storetest: %v", err)) // only for a payload that cannot be JSON
	}
	return store.Line{Event: e, Raw: raw}
}

// Reboot starts the phone's agent again: a new boot, numbers from 1, the same calls.
func (p *Phone) Reboot(boot trace.Boot) {
	p.Boot, p.seq, p.began = boot, 0, p.Now
}

// Script says how a made-up call goes.
type Script struct {
	Call      string
	Direction trace.Direction
	From, To  string // URIs
	SessionID string
	SIPCallID string
	Status    int          // of the final response; 0 is 200
	Result    trace.Result // "" is answered
	Side      trace.Side   // "" is local
	Holds     int
}

// Play makes all the events of a call, in order.
func (p *Phone) Play(s Script) []store.Line {
	lines := p.Begin(s)
	if s.Status == 0 || s.Status == 200 {
		lines = append(lines, p.Event(s.Call, trace.CallAnswered, trace.Answered{Who: s.To, Codec: "PCMU"}))
		for range s.Holds {
			hold := trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendOnly}
			lines = append(lines, p.Event(s.Call, trace.HoldRequested, hold), p.Event(s.Call, trace.HoldConfirmed, hold))
		}
	}
	return append(lines, p.End(s))
}

// Begin makes the events of a call up to its ringing.
func (p *Phone) Begin(s Script) []store.Line {
	direction := s.Direction
	if direction == "" {
		direction = trace.Out
	}
	return []store.Line{
		p.Event(s.Call, trace.CallInitiated, trace.Initiated{
			Direction: direction, From: trace.Party{URI: s.From}, To: trace.Party{URI: s.To}, SIPCallID: s.SIPCallID, SessionID: s.SessionID,
		}),
		p.Event(s.Call, trace.CallRinging, trace.Alerting{Who: s.To, Status: 180}),
	}
}

// End makes the last event of a call that Begin began.
func (p *Phone) End(s Script) store.Line {
	end := trace.Ended{
		Side: s.Side, LastResponse: s.Status, Result: s.Result, SetupUS: 100_000, TotalUS: 500_000, Events: p.n[s.Call] + 1,
	}
	if end.Side == "" {
		end.Side = trace.Local
	}
	if end.LastResponse == 0 {
		end.LastResponse = 200
	}
	if end.Result == "" {
		end.Result = trace.ResultAnswered
	}
	return p.Event(s.Call, trace.CallEnded, end)
}

// Batch wraps lines as the collector receives them from the phone, a second after the phone's present.
func (p *Phone) Batch(lines ...store.Line) store.Batch {
	return store.Batch{Origin: p.Origin(), Lines: lines}
}

// Origin is the phone as the collector sees it.
func (p *Phone) Origin() store.Origin {
	at := p.Now
	if p.Clock != trace.ClockSynced {
		at = Epoch
	}
	return store.Origin{Tenant: "default", Device: p.ID, At: at.Add(time.Second)}
}
