package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/config"
	"sidetone/journal"
	"sidetone/sipua"
	"sidetone/telemetry"
	"sidetone/trace"
	"sidetone/trace/phrase"
)

func TestLineThatFailsAndThenRegistersIsInTheTraceAndInTheStatus(t *testing.T) {
	j, err := journal.Open(journal.Options{Dir: t.TempDir(), MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	recorder, err := telemetry.NewRecorder(telemetry.RecorderOptions{Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(recorder.Close)
	a := &agent{recorder: recorder, lines: newLines(), cfg: config.Config{SIP: config.SIP{Accounts: []config.Account{
		{AOR: "sip:101@example.com", Registrar: "sip:pbx.example.com"}, {AOR: "sip:102@example.com"},
	}}}}
	a.fixedLines()
	now := time.Now()
	line := sipua.LineStatus{At: now, AOR: "sip:101@example.com", Server: "sip:pbx.example.com"}
	for _, s := range []sipua.LineStatus{
		{State: sipua.Registering},
		{State: sipua.Failed, Status: 403, Reason: "Forbidden"},
		{State: sipua.Registering},
		{State: sipua.Registered, Status: 200, Reason: "OK", Expires: 10 * time.Minute},
	} {
		s.At, s.AOR, s.Server = line.At, line.AOR, line.Server
		a.lineChanged(s)
		if s.State == sipua.Failed {
			if text := (status{Lines: a.lines.list()}).text(phrase.En, inEnglish); !strings.Contains(text, "101 not registered (403 Forbidden)") {
				t.Errorf("status %q", text)
			}
		}
	}
	a.lineChanged(sipua.LineStatus{At: now, AOR: line.AOR, Server: line.Server, State: sipua.Failed, Status: 503, Reason: "Busy", Expires: time.Minute})
	if text := (status{Lines: a.lines.list()}).text(phrase.En, inEnglish); !strings.Contains(text, "101 registered, but not refreshed (503 Busy)") {
		t.Errorf("status %q", text)
	}
	a.lineChanged(sipua.LineStatus{At: now, AOR: line.AOR, Server: line.Server, State: sipua.Registered, Status: 200, Reason: "OK", Expires: time.Minute})
	want := []lineStatus{
		{Line: 1, AOR: "sip:101@example.com", Status: telemetry.LineUp, Code: 200, Reason: "OK", Server: "sip:pbx.example.com"},
		{Line: 2, AOR: "sip:102@example.com", Status: telemetry.LineDisabled},
	}
	if diff := cmp.Diff(want, a.lines.list()); diff != "" {
		t.Error(diff)
	}
	if text := (status{Lines: a.lines.list()}).text(phrase.En, inEnglish); !strings.Contains(text, "101 registered") || !strings.Contains(text, "102 does not register") {
		t.Errorf("status %q", text)
	}
	var kinds []trace.Kind
	r := j.Read(1)
	for range 5 { // the first is agent.started
		rec, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e, err := trace.Decode(rec.Payload)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]trace.Kind{trace.AgentStarted, trace.LineRegistering, trace.LineFailed, trace.LineRegistering, trace.LineRegistered}, kinds); diff != "" {
		t.Error(diff)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
