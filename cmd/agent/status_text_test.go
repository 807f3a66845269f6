package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/sim"
	"sidetone/switchboard"
	"sidetone/telemetry"
	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// busyStatus and idleStatus have something of everything that a status may say.
func busyStatus() status {
	return status{
		Status: switchboard.Status{OffHook: true, Calls: []switchboard.CallStatus{
			{
				ID: "01A", Line: 1, Direction: trace.Out, Peer: trace.Party{URI: "sip:102@10.0.0.9", Name: "Warehouse"}, State: switchboard.StateTalking, SinceUS: 41_000_000,
				Handset: true, HeldBy: []trace.Side{trace.Local, trace.Remote}, SuspendedUntil: time.Date(2026, 11, 21, 10, 0, 30, 0, time.Local), Transfer: "sip:103@10.0.0.9",
			},
			{ID: "01B", Line: 2, Direction: trace.In, Peer: trace.Party{URI: "sip:+15145550100@10.0.0.9;user=phone"}, State: switchboard.StateRinging, SinceUS: 1_200_000},
		}},
		Device: "reception-1", Uplink: "connected", Waiting: 12, Journal: "flash", Heard: sim.Heard{LevelDB: -12.04, ToneHz: 620},
		Lines: []lineStatus{
			{AOR: "sip:101@h", Status: telemetry.LineUp, Code: 200},
			{AOR: "sip:102@h", Status: telemetry.LineUp, Code: 503, Reason: "Busy"},
			{AOR: "sip:103@h", Status: telemetry.LineError, Reason: "no answer"},
			{AOR: "sip:104@h", Status: telemetry.LineRegistering},
			{AOR: "sip:105@h", Status: telemetry.LineDisabled},
		},
	}
}

func idleStatus() status {
	return status{Device: "reception-1", Uplink: "not connected: no route", Journal: "memory: read-only file system", Heard: sim.Heard{LevelDB: -30}}
}

func TestStatusReadsAsAPersonWouldTellIt(t *testing.T) {
	const want = `reception-1: handset off hook, broker connected
events waiting for the broker: 12
101 registered
102 registered, but not refreshed (503 Busy)
103 not registered (no answer)
104 registering
105 does not register
line 1  → Warehouse 102  talking for 41 s  in the handset  on hold here  on hold by the other side  suspended until 10:00:30  being transferred to 103  01A
line 2  ← +15145550100  ringing for 1.2 s  01B
heard: a tone of 620 Hz at -12.0 dBFS
reception-1: handset on hook, broker not connected: no route
journal in memory: read-only file system; a cut of power loses what has not arrived
no call
heard: sound at -30.0 dBFS
`
	if diff := cmp.Diff(want, terminal.Plain(busyStatus().text(phrase.En, inEnglish)+idleStatus().text(phrase.En, inEnglish))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartiesAreNamedOnceAndCannotHarmATerminal(t *testing.T) {
	for _, tc := range []struct {
		party trace.Party
		want  string
	}{
		{trace.Party{URI: "sip:102@h", Name: "Warehouse"}, "Warehouse 102"},
		{trace.Party{URI: "sip:102@h", Name: "102"}, "102"},
		{trace.Party{URI: "sip:102@h"}, "102"},
		{trace.Party{URI: "sip:h"}, "h"},
		{trace.Party{Name: "Warehouse"}, "Warehouse"},
		{trace.Party{URI: "sip:a\x1b[2J@h", Name: "x\x1b[31m\ny"}, "x[31m y a[2J"},
	} {
		if got := partyText(tc.party); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.party, got, tc.want)
		}
	}
}
