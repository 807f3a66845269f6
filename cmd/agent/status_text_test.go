package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/sim"
	"sidetone/switchboard"
	"sidetone/trace"
)

func TestStatusReadsAsAPersonWouldTellIt(t *testing.T) {
	st := status{
		Status: switchboard.Status{OffHook: true, Calls: []switchboard.CallStatus{
			{ID: "01A", Line: 1, Direction: trace.Out, Peer: trace.Party{URI: "sip:102@10.0.0.9", Name: "Warehouse"}, State: switchboard.StateTalking, SinceUS: 41_000_000, Handset: true},
			{ID: "01B", Line: 2, Direction: trace.In, Peer: trace.Party{URI: "sip:+15145550100@10.0.0.9;user=phone"}, State: switchboard.StateRinging, SinceUS: 1_200_000},
		}},
		Device: "reception-1", Uplink: "connected", Journal: "flash", Heard: sim.Heard{LevelDB: -12.04, ToneHz: 620},
	}
	want := `reception-1: handset off hook, broker connected
line 1  → Warehouse 102  talking for 41 s  in the handset  01A
line 2  ← +15145550100  ringing for 1.2 s  01B
heard: a tone of 620 Hz at -12.0 dBFS
`
	if diff := cmp.Diff(want, st.text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	st = status{Device: "reception-1", Uplink: "none", Journal: "memory: read-only file system", Heard: sim.Heard{LevelDB: -30}}
	want = "reception-1: handset on hook, broker none\njournal in memory: read-only file system; a cut of power loses what has not arrived\nno call\nheard: sound at -30.0 dBFS\n"
	if diff := cmp.Diff(want, st.text()); diff != "" {
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
