package main

import (
	"strings"
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

func TestStatusReadsAsAPersonWouldTellIt(t *testing.T) {
	busy := status{
		Status: switchboard.Status{OffHook: true, Calls: []switchboard.CallStatus{
			{
				ID: "01A", Line: 1, Direction: trace.Out, Peer: trace.Party{URI: "sip:102@10.0.0.9", Name: "Warehouse"}, State: switchboard.StateTalking, SinceUS: 41_000_000,
				Handset: true, HeldBy: []trace.Side{trace.Local, trace.Remote}, SuspendedUntil: time.Date(2026, 11, 21, 10, 0, 30, 0, time.Local), Transfer: "sip:103@10.0.0.9",
			},
			{ID: "01B", Line: 2, Direction: trace.In, Peer: trace.Party{URI: "sip:+15145550100@10.0.0.9;user=phone"}, State: switchboard.StateRinging, SinceUS: 1_200_000},
		}},
		Device: "reception-1", Uplink: "connected", Journal: "flash", Heard: sim.Heard{LevelDB: -12.04, ToneHz: 620},
		Lines: []lineStatus{
			{AOR: "sip:101@h", Status: telemetry.LineUp, Code: 200}, {AOR: "sip:102@h", Status: telemetry.LineUp, Code: 503, Reason: "Busy"},
			{AOR: "sip:103@h", Status: telemetry.LineError, Reason: "no answer"}, {AOR: "sip:104@h", Status: telemetry.LineRegistering},
			{AOR: "sip:105@h", Status: telemetry.LineDisabled},
		},
	}
	idle := status{Device: "reception-1", Uplink: "not connected: no route", Journal: "memory: read-only file system", Heard: sim.Heard{LevelDB: -30}}
	for lang, want := range map[phrase.Lang]string{
		phrase.En: `reception-1: handset off hook, broker connected
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
`,
		phrase.FrCA: `reception-1 : combiné décroché, courtier connecté
ligne 101 enregistrée
ligne 102 enregistrée, mais enregistrement non renouvelé (503 Busy)
ligne 103 non enregistrée (no answer)
ligne 104 en cours d’enregistrement
ligne 105 sans enregistrement
appel 1  → Warehouse 102  en conversation depuis 41 s  au combiné  mis en attente ici  mis en attente par l’autre côté  suspendu jusqu’à 10:00:30  en cours de transfert vers 103  01A
appel 2  ← +15145550100  sonne depuis 1,2 s  01B
entendu : une tonalité de 620 Hz à -12,0 dBFS
reception-1 : combiné raccroché, courtier non connecté : no route
journal en mémoire : read-only file system; une coupure de courant fait perdre ce qui n’est pas encore arrivé
aucun appel
entendu : un son à -30,0 dBFS
`,
	} {
		got := terminal.Plain(busy.text(lang) + idle.text(lang))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

func TestEveryStateHasItsWords(t *testing.T) {
	var all strings.Builder
	for _, lang := range phrase.Langs() {
		for _, state := range []switchboard.State{
			switchboard.StateCalling, switchboard.StateRinging, switchboard.StateTalking, switchboard.StateHeld, switchboard.StateEnding,
		} {
			all.WriteString(callText(lang, switchboard.CallStatus{State: state}))
		}
		for _, uplink := range []string{"none", "connected", "not connected yet", "not connected: why"} {
			for _, kept := range []string{"flash", telemetry.InMemory, telemetry.InMemory + ": why"} {
				all.WriteString((status{Uplink: uplink, Journal: kept}).text(lang))
			}
		}
	}
	if said := all.String(); strings.ContainsAny(said, "⟦{") {
		t.Error(said)
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
