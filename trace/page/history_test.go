package page_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

var start = time.Date(2026, 11, 21, 0, 30, 0, 0, time.UTC)

func row(t *testing.T, lang phrase.Lang, s trace.Summary) page.Row {
	t.Helper()
	h := page.NewHistory([]trace.Summary{s}, page.HistoryOptions{Lang: lang, Now: start.Add(42 * time.Second), Names: map[string]string{"reception-1": "Reception", "warehouse-1": "Warehouse"}})
	return h.Days[0].Rows[0]
}

func TestRowNamesPeopleByNameThenDeviceThenNumber(t *testing.T) {
	s := trace.Summary{
		Direction: trace.Out, Device: "reception-1", Devices: []string{"reception-1", "warehouse-1"},
		From: trace.Party{URI: "sip:101@example.com", Name: "Front desk"}, To: trace.Party{URI: "sip:102@example.com"}, StartedAt: start,
		Result: trace.ResultAnswered, Side: trace.Remote, LastResponse: 200, TalkingUS: 102e6, HeldUS: 28e6, TotalUS: 136e6,
	}
	r := row(t, phrase.En, s)
	want := []story.Person{{Name: "Front desk", Number: "101", Device: "reception-1"}, {Name: "Warehouse", Number: "102", Device: "warehouse-1"}}
	if diff := cmp.Diff(want, []story.Person{r.Caller, r.Callee}); diff != "" {
		t.Error(diff)
	}
	if r.EndedBy != "Warehouse" || r.Response != "200" || r.Class != story.Good {
		t.Errorf("%+v", r)
	}
	if r.Duration != "1\u00a0min\u00a042\u00a0s" || r.Held != "held 28\u00a0s" {
		t.Errorf("%q, %q", r.Duration, r.Held)
	}
	s.Devices, s.Direction, s.Device, s.From = []string{"warehouse-1"}, trace.In, "warehouse-1", trace.Party{URI: "sip:+15145550101@example.com"}
	s.Side = trace.Local
	if r := row(t, phrase.En, s); r.Caller.Name != "+15145550101" || r.Caller.Number != "" || r.EndedBy != "Warehouse" {
		t.Errorf("%+v, ended by %s", r.Caller, r.EndedBy)
	}
}

func TestRowOfACallInProgressCountsOn(t *testing.T) {
	r := row(t, phrase.En, trace.Summary{StartedAt: start, RingingAt: start.Add(2 * time.Second), SetupUS: 2e6})
	if !r.Ticking || r.Class != story.Live || r.Duration != "42\u00a0s" || r.Response != "" {
		t.Errorf("%+v", r)
	}
	if n := len(r.Bar.Slices); n != 2 || r.Bar.Slices[1].Kind != story.Ringing {
		t.Errorf("%+v", r.Bar.Slices)
	}
	talking := row(t, phrase.En, trace.Summary{StartedAt: start, AnsweredAt: start.Add(12 * time.Second), RingingAt: start.Add(2 * time.Second), SetupUS: 2e6, LastResponse: 200})
	if talking.Duration != "30\u00a0s" || len(talking.Bar.Slices) != 3 {
		t.Errorf("%+v", talking)
	}
}

func TestRowSaysWhoOrWhatEndedTheCallInBothLanguages(t *testing.T) {
	for side, want := range map[trace.Side][2]string{trace.Network: {"the network", "le réseau"}, trace.Timer: {"a time limit", "un délai"}, "": {"", ""}} {
		s := trace.Summary{StartedAt: start, Result: trace.ResultFailed, Side: side}
		if en, fr := row(t, phrase.En, s), row(t, phrase.FrCA, s); en.EndedBy != want[0] || fr.EndedBy != want[1] || en.Meaning != "no reply" || fr.Meaning != "aucune réponse" {
			t.Errorf("%s: %q (%s), %q (%s)", side, en.EndedBy, en.Meaning, fr.EndedBy, fr.Meaning)
		}
	}
}

func TestRowNamesABlockedCallAsItsStoryDoes(t *testing.T) {
	s := trace.Summary{StartedAt: start, Result: trace.ResultBlocked, Side: trace.Local, LastResponse: 900}
	if r := row(t, phrase.En, s); r.Response != "9XX" || r.Meaning != "blocked here" {
		t.Errorf("%s %s", r.Response, r.Meaning)
	}
}

func TestRowNamesNoPersonWhereAMachineActed(t *testing.T) {
	from, to := trace.Party{URI: "sip:101@example.com", Name: "Alice"}, trace.Party{URI: "sip:199@example.com"}
	for _, c := range []struct {
		s      trace.Summary
		en, fr string
	}{
		{trace.Summary{Side: trace.Remote, Result: trace.ResultFailed, LastResponse: 404}, "the other side", "l’autre côté"},
		{trace.Summary{Side: trace.Remote, Result: trace.ResultFailed, LastResponse: 603}, "199", "199"},
		{trace.Summary{Side: trace.Local, Result: trace.ResultBlocked, LastResponse: 900}, "Alice’s device", "L’appareil d’Alice"},
		{trace.Summary{Side: trace.Local, Result: trace.ResultAnswered, LastResponse: 200, Cut: true}, "Alice’s device", "L’appareil d’Alice"},
	} {
		c.s.StartedAt, c.s.Direction, c.s.From, c.s.To = start, trace.Out, from, to
		if en, fr := row(t, phrase.En, c.s).EndedBy, row(t, phrase.FrCA, c.s).EndedBy; en != c.en || fr != c.fr {
			t.Errorf("%d: %q, %q", c.s.LastResponse, en, fr)
		}
	}
}

func TestCallsStandUnderTheirDays(t *testing.T) {
	var calls []trace.Summary
	for _, at := range []time.Time{start, start.Add(-10 * time.Minute), start.Add(-time.Hour), start.AddDate(0, 0, -3)} {
		calls = append(calls, trace.Summary{StartedAt: at, Result: trace.ResultBusy})
	}
	h := page.NewHistory(calls, page.HistoryOptions{Lang: phrase.FrCA, Now: start})
	var got []string
	for _, d := range h.Days {
		got = append(got, d.Date)
	}
	if diff := cmp.Diff([]string{"samedi 21 novembre 2026", "vendredi 20 novembre 2026", "mercredi 18 novembre 2026"}, got); diff != "" {
		t.Error(diff)
	}
	if d := page.Date(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), phrase.FrCA); d != "dimanche 1er novembre 2026" {
		t.Error(d)
	}
}
