package calltest

import (
	"time"

	"sidetone/trace"
)

// Phone is one end of a call. A phone that does not record is a stranger: it answers, but has no view.
type Phone struct {
	ID, Name, Number, Address string
	Records                   bool
	Clock                     trace.Clock
	Ahead                     time.Duration // of the true time
	boot                      trace.Boot
	events, around            []trace.Event
	mono                      time.Duration // at the start of the script
	seq                       uint64
	n                         int
	call                      string
}

// start is the true time at which every call begins.
var start = time.Date(2026, time.November, 21, 15, 42, 7, 118_000_000, time.UTC)

// Reception calls; Warehouse, three milliseconds ahead, is called.
func Reception() *Phone {
	return &Phone{
		ID: "reception-1", Name: "Reception", Number: "101", Address: "10.1.0.5:5060", Records: true, Clock: trace.ClockSynced,
		boot: 0x9f3c21aa04d1e872, mono: 81_234_567 * time.Microsecond, seq: 41, call: "01JD7Q3V9K0000000000000101",
	}
}

// Warehouse is the phone that Reception calls.
func Warehouse() *Phone {
	return &Phone{
		ID: "warehouse-1", Name: "Warehouse", Number: "102", Address: "10.1.0.9:5060", Records: true, Clock: trace.ClockSynced,
		Ahead: 3 * time.Millisecond, boot: 0x2b77c0de91ff0013, mono: 7_654_321 * time.Microsecond, seq: 12, call: "01JD7Q3VAC0000000000000102",
	}
}

// Stranger is a phone or server that records nothing.
func Stranger(number, address string) *Phone { return &Phone{Number: number, Address: address} }

// Names tells the name of a phone by its identity.
var Names = map[string]string{"reception-1": "Reception", "warehouse-1": "Warehouse", "desk-1": "Desk", "desk-2": "Desk", "office-1": "Office"}

// note records an event at a time since the start of the script.
func (p *Phone) note(at time.Duration, leg int, kind trace.Kind, data trace.Payload) {
	if !p.Records {
		return
	}
	p.seq++
	p.n++
	p.events = append(p.events, trace.Event{
		Boot: p.boot, Seq: p.seq, At: start.Add(at + p.Ahead), Mono: p.mono + at, Clock: p.Clock,
		Call: p.call, Leg: leg, N: p.n, Kind: kind, Data: data,
	})
}
