package trace_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/calltest"
)

func TestSummaryOfAnAnsweredCallWithHolds(t *testing.T) {
	s := trace.Summarize(calltest.Answered()[0].Events).Summary
	if s.Result != trace.ResultAnswered || s.Side != trace.Remote || s.LastResponse != 200 || s.Q850 != 16 || s.Holds != 2 {
		t.Errorf("%+v", s)
	}
	if s.Direction != trace.Out || s.From.Name != "Reception" || s.SIPCallID == "" || s.SessionID == "" || s.ID == "" {
		t.Errorf("identity: %+v", s)
	}
	if !s.Complete || s.Missing != 0 {
		t.Errorf("complete %v, missing %d", s.Complete, s.Missing)
	}
	if s.MOS == nil || *s.MOS != 4.1 {
		t.Errorf("MOS %v, want the lower of both ends", s.MOS)
	}
	if got := s.SetupUS + s.RingingUS + s.TalkingUS + s.HeldUS; got != s.TotalUS {
		t.Errorf("phases add up to %d, total %d", got, s.TotalUS)
	}
	if !s.EndedAt.Equal(s.StartedAt.Add(s.TotalUS.Duration())) || !s.AnsweredAt.After(s.RingingAt) || !s.RingingAt.After(s.StartedAt) {
		t.Errorf("times: %v %v %v %v", s.StartedAt, s.RingingAt, s.AnsweredAt, s.EndedAt)
	}
}

func TestResultsOfTheScriptedCalls(t *testing.T) {
	type outcome struct {
		Result trace.Result
		Side   trace.Side
		Last   int
		Holds  int
	}
	for name, want := range map[string]outcome{
		"busy": {trace.ResultBusy, trace.Remote, 486, 0}, "rejected": {trace.ResultFailed, trace.Remote, 603, 0},
		"no-answer": {trace.ResultNoAnswer, trace.Timer, 180, 0}, "cancelled": {trace.ResultCancelled, trace.Local, 487, 0},
		"unknown-number": {trace.ResultFailed, trace.Remote, 404, 0}, "unreachable": {trace.ResultFailed, trace.Network, 0, 0},
		"blocked": {trace.ResultBlocked, trace.Local, 900, 0}, "live": {"", "", 200, 0}, "live-held": {"", "", 200, 1},
		"hold-refused": {trace.ResultAnswered, trace.Local, 200, 0}, "cut": {trace.ResultAnswered, trace.Local, 200, 1},
		"hold-lost": {trace.ResultAnswered, trace.Network, 200, 0},
	} {
		s := trace.Summarize(calltest.Calls()[name]()[0].Events)
		if got := (outcome{s.Result, s.Side, s.LastResponse, s.Holds}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if live := want.Result == ""; s.Complete == live {
			t.Errorf("%s: complete %v", name, s.Complete)
		}
		if s.Cut != (name == "cut") {
			t.Errorf("%s: cut %v", name, s.Cut)
		}
	}
}

func TestRingingOfALiveCallIsKnownBeforeItsEnd(t *testing.T) {
	s := trace.Summarize(calltest.Live()[0].Events)
	if s.RingingAt.IsZero() || s.SetupUS <= 0 || s.AnsweredAt.IsZero() || !s.EndedAt.IsZero() || s.TotalUS != 0 {
		t.Errorf("%+v", s.Summary)
	}
}

// A call begins where it was dialled, not where the handset was lifted.
func TestStartIsTheCallNotTheHandset(t *testing.T) {
	views := calltest.Answered()
	s := trace.Summarize(views[0].Events)
	for _, e := range views[0].Events {
		if e.Kind == trace.CallInitiated && !s.StartedAt.Equal(e.At) {
			t.Errorf("started %v, want %v", s.StartedAt, e.At)
		}
	}
}

func TestLostEventsAreCounted(t *testing.T) {
	all := calltest.Answered()[0].Events
	for i := range all {
		without := append(append([]trace.Event{}, all[:i]...), all[i+1:]...)
		f := trace.Summarize(without)
		if i == len(all)-1 {
			if f.Complete || f.Total != 0 {
				t.Errorf("without its end the call is complete: %+v", f)
			}
			continue
		}
		if f.Complete || f.Missing != 1 {
			t.Errorf("without event %d: complete %v, missing %d", i+1, f.Complete, f.Missing)
		}
	}
}

func TestCompletenessDependsNeitherOnOrderNorOnRepetition(t *testing.T) {
	all := calltest.Answered()[0].Events
	late := all[len(all)-1]
	late.N, late.Seq, late.Kind, late.Data = late.N+1, late.Seq+1, trace.SIPReceived, trace.SIP{Method: "BYE"}
	all = append(all[:len(all):len(all)], late)
	want := trace.Summarize(all)
	if !want.Complete || want.Late != 1 || want.Seen != want.Total || want.MaxN != want.Total+1 {
		t.Fatalf("%+v", want)
	}
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 3))
		events := append(append([]trace.Event{}, all...), all[:10]...)
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		got := trace.Summarize(events)
		if got.Seen != want.Seen || got.Total != want.Total || got.Late != want.Late || got.Missing != 0 || !got.Complete {
			t.Fatalf("seed %d: %+v", seed, got)
		}
		if got.Result != want.Result || got.LastResponse != want.LastResponse || !got.EndedAt.Equal(want.EndedAt) {
			t.Fatalf("seed %d: %s %d ended %v", seed, got.Result, got.LastResponse, got.EndedAt)
		}
	}
}

// A late event must not stand in for one that is missing, even when it comes before the end is known.
func TestLateEventStandsInForNoOther(t *testing.T) {
	at := func(n int) trace.Event {
		return trace.Event{Call: "c", N: n, Kind: trace.DeviceHook, Data: trace.Hook{}}
	}
	f := trace.Summarize([]trace.Event{at(1), at(4), {Call: "c", N: 3, Kind: trace.CallEnded, Data: trace.Ended{Events: 3, Result: "answered"}}})
	if f.Complete || f.Missing != 1 || f.Late != 1 {
		t.Errorf("%+v", f)
	}
}

func TestFoldCanBeStoredBetweenEvents(t *testing.T) {
	all := calltest.Answered()[0].Events
	var kept trace.Fold
	for _, e := range all {
		kept.Add(e)
		stored, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		kept = trace.Fold{}
		if err := json.Unmarshal(stored, &kept); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(trace.Summarize(all), kept); diff != "" {
		t.Error(diff)
	}
}

func TestQualityOfTheLastReportSpeaksForTheCall(t *testing.T) {
	mos := func(v float64) *float64 { return &v }
	report := func(n int, q trace.Quality) trace.Event {
		return trace.Event{Call: "c", N: n, Kind: trace.MediaQuality, Data: q}
	}
	f := trace.Summarize([]trace.Event{
		report(1, trace.Quality{Local: trace.QualitySide{MOS: mos(2)}}),
		report(2, trace.Quality{Local: trace.QualitySide{MOS: mos(4.2)}, Remote: &trace.QualitySide{MOS: mos(3.9)}}),
	})
	if f.MOS == nil || *f.MOS != 3.9 {
		t.Errorf("MOS %v", f.MOS)
	}
	f.Add(report(3, trace.Quality{}))
	if f.MOS != nil {
		t.Errorf("MOS %v after a report without one", *f.MOS)
	}
}

// A conversation's events carry times from the monotonic clock: a phone without a battery-backed clock starts in 1970.
func TestDurationsDoNotDependOnTheWallClock(t *testing.T) {
	events := calltest.Live()[0].Events
	want := trace.Summarize(events).SetupUS
	for i := range events {
		if events[i].Kind != trace.CallInitiated {
			events[i].At = events[i].At.Add(50 * 365 * 24 * time.Hour)
		}
	}
	if got := trace.Summarize(events).SetupUS; got != want {
		t.Errorf("set-up %d, want %d", got, want)
	}
}
