package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func TestFilterChoosesCallsNewestFirst(t *testing.T) {
	call := func(id string, ago time.Duration, number string, result trace.Result) *indexed {
		return &indexed{Fold: trace.Fold{Summary: trace.Summary{
			ID: id, StartedAt: noon.Add(-ago), Direction: trace.Out, Result: result,
			From: trace.Party{URI: "sip:101@h", Name: "Reception"}, To: trace.Party{URI: "sip:" + number + "@h", Name: "Dépôt"},
		}}}
	}
	cut := call("cut", time.Minute, "104", trace.ResultAnswered)
	cut.Cut = true
	calls := []*indexed{
		call("old", 3*time.Hour, "102", trace.ResultAnswered), call("busy", 2*time.Hour, "102", trace.ResultBusy),
		call("failed", time.Hour, "103", trace.ResultFailed), call("blocked", 30*time.Minute, "900", trace.ResultBlocked), cut,
	}
	for _, tc := range []struct {
		filter callFilter
		want   string
	}{
		{callFilter{}, "cut blocked failed busy old"},
		{callFilter{since: 2 * time.Hour}, "cut blocked failed busy"},
		{callFilter{since: time.Hour - 1}, "cut blocked"},
		{callFilter{failed: true}, "cut blocked failed"},
		{callFilter{number: "102"}, "busy old"},
		{callFilter{number: "101"}, "cut blocked failed busy old"},
		{callFilter{number: "dép", since: 45 * time.Minute}, "cut blocked"},
		{callFilter{number: "h"}, ""},
	} {
		var got []string
		for _, c := range tc.filter.choose(calls, noon) {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tc.filter, diff)
		}
	}
}

func TestHandsetThatWasOnlyLiftedIsNoCall(t *testing.T) {
	lines := []trace.Event{
		{Boot: 1, Seq: 1, At: noon, Call: "01A", N: 1, Kind: trace.DeviceHook, Data: trace.Hook{State: trace.OffHook}},
		{Boot: 1, Seq: 2, At: noon, Call: "01B", N: 1, Kind: trace.DeviceHook, Data: trace.Hook{State: trace.OffHook}},
		{Boot: 1, Seq: 3, At: noon, Call: "01B", N: 2, Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out}},
		{Boot: 1, Seq: 4, At: noon, Kind: trace.AgentStarted, Data: trace.Started{}},
	}
	index, lost, err := indexCalls(t.Context(), archive{file: writeEvents(t, lines)})
	if err != nil || len(lost) > 0 {
		t.Fatal(err, lost)
	}
	if len(index.calls) != 1 || index.calls[0].ID != "01B" {
		t.Errorf("got %d calls", len(index.calls))
	}
}

func TestAmbiguousPrefixListsTheNewestCandidates(t *testing.T) {
	index := &callIndex{}
	for i := range 12 {
		index.calls = append(index.calls, &indexed{Fold: trace.Fold{Summary: trace.Summary{ID: fmt.Sprintf("01A%02d", i)}}})
	}
	_, err := index.find("01a")
	if err == nil || exitCode(err) != exitUsage {
		t.Fatalf("got %v", err)
	}
	text := err.Error()
	if !strings.Contains(text, `"01a" begins the ids of 12 calls`) || !strings.Contains(text, "01A11") || strings.Contains(text, "01A01") ||
		!strings.Contains(text, "and 2 earlier ones") {
		t.Errorf("got %s", text)
	}
	if c, err := index.find("01A1"); err == nil {
		t.Errorf("two calls begin so: got %v", c.ID)
	}
	if c, err := index.find("01a07"); err != nil || c.ID != "01A07" {
		t.Errorf("got %v, %v", c, err)
	}
}

func writeEvents(t *testing.T, events []trace.Event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestColumnsLineUpInEveryAlphabet(t *testing.T) {
	got := columns([][]string{{"a", "répondu", "x"}, {"日本", "b", ""}})
	if want := "a     répondu  x\n日本  b\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// readEvents reads a file of event lines.
func readEvents(t *testing.T, name string) []trace.Event {
	t.Helper()
	var events []trace.Event
	a := archive{file: filepath.Join("..", "..", "trace", "testdata", name)}
	if lost, err := a.each(t.Context(), everyLine, func(_ []byte, e trace.Event) error {
		events = append(events, e)
		return nil
	}); err != nil || len(lost) > 0 {
		t.Fatal(err, lost)
	}
	return events
}

func TestLiveStepsAreToldOnceAndInOrder(t *testing.T) {
	events := readEvents(t, filepath.Join("answered", "1-reception-1.ndjson"))
	live := newLiveTeller(archive{device: "reception-1", name: "Reception"}, story.En)
	var told []string
	for _, e := range events {
		live.add(e)
		told = append(told, live.tell(true)...)
	}
	seen := map[string]int{}
	for _, line := range told {
		if seen[line]++; seen[line] > 1 {
			t.Errorf("told again: %s", line)
		}
	}
	var order []int
	for _, sentence := range []string{" lifted the handset", " called ", " ringing", " answered", " put ", " took the call back", " hung up", "Answered. "} {
		order = append(order, slices.IndexFunc(told, func(line string) bool { return strings.Contains(line, sentence) }))
	}
	if slices.Contains(order, -1) || !slices.IsSorted(order) {
		t.Errorf("order %v of\n%s", order, strings.Join(told, "\n"))
	}

	late := events[len(events)-1]
	late.N++
	late.Kind, late.Data = trace.SIPReceived, trace.SIP{Method: "BYE", Retransmission: 1}
	live.add(late)
	if lines := live.tell(true); len(lines) > 0 || len(live.calls) > 0 {
		t.Errorf("late messages of a call that is over were told: %v", lines)
	}
}

func TestWhatHappensAtOnceIsToldTogether(t *testing.T) {
	events := readEvents(t, filepath.Join("answered", "1-reception-1.ndjson"))
	live := newLiveTeller(archive{device: "reception-1", name: "Reception"}, story.En)
	live.add(events[0])
	if lines := live.tell(false); len(lines) > 0 {
		t.Errorf("told at once: %q", lines)
	}
	live.add(events[1])
	live.add(events[2])
	if lines := live.tell(false); len(lines) > 0 {
		t.Errorf("told while something happens: %q", lines)
	}
	lines := live.tell(false)
	if len(lines) != 2 || !strings.Contains(lines[0], " dialled ") || !strings.Contains(lines[1], " called ") {
		t.Errorf("got %q", lines)
	}
	if lines := live.tell(false); len(lines) > 0 {
		t.Errorf("told twice: %q", lines)
	}
	for i := range maxWait + 1 {
		live.add(trace.Event{Boot: events[0].Boot, Seq: uint64(1000 + i), At: noon, Call: events[0].Call, N: 4 + i, Kind: trace.DTMFSent, Data: trace.DTMF{Digits: "1"}})
		lines = live.tell(false)
	}
	if len(lines) == 0 {
		t.Error("a call to which something happens all the time is never told")
	}
}

func TestWhatWasFoundInACallIsToldBehindItsEnd(t *testing.T) {
	view := calltest.OneWay()[0]
	live := newLiveTeller(archive{device: view.Device, name: view.Name}, story.En)
	for _, e := range view.Events {
		live.add(e)
	}
	told := live.tell(false)
	end := slices.IndexFunc(told, func(line string) bool { return strings.Contains(line, "Answered. ") })
	if end < 0 || end+1 >= len(told) || !strings.Contains(told[end+1], "! Problem. Not one audio packet") {
		t.Errorf("behind the end comes no finding:\n%s", strings.Join(told, "\n"))
	}
}

func TestCallsThatNeverEndAreForgottenInTheEnd(t *testing.T) {
	live := newLiveTeller(archive{}, story.En)
	for i := range 2 * maxLiveCalls {
		live.add(trace.Event{Boot: 1, Seq: uint64(i + 1), At: noon, Call: fmt.Sprintf("01%06d", i), N: 1, Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out}})
		if i%100 == 0 {
			live.tell(false)
		}
	}
	live.tell(true)
	if len(live.calls) != maxLiveCalls || len(live.order) != maxLiveCalls {
		t.Errorf("%d calls, %d in order", len(live.calls), len(live.order))
	}
}

func TestEventsOfTheDeviceAreToldToo(t *testing.T) {
	live := newLiveTeller(archive{}, story.FrCA)
	live.add(trace.Event{Boot: 1, Seq: 1, At: noon, Kind: trace.AgentStopped, Data: trace.Stopped{Reason: trace.StoppedBySignal}})
	live.add(trace.Event{Boot: 1, Seq: 2, At: noon, Kind: trace.SIPRejected, Data: trace.Rejected{}})
	live.gap(3)
	lines := live.tell(false)
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "L’agent s’est arrêté") || !strings.HasSuffix(lines[1], "3 événements manquants") {
		t.Errorf("got %q", lines)
	}
}

func FuzzArchive(f *testing.F) {
	f.Add([]byte(`{"v":1,"boot":"9f3c21aa04d1e872","seq":42,"ts":"2026-11-21T15:42:03.808000Z","mono":1,"clk":"synced","call":"01A","n":1,"kind":"call.initiated","data":{"direction":"out"}}` + "\n{}\n\n[]\n"))
	f.Add([]byte("\x0a\x0d\x0d\x0a"))
	path := filepath.Join(f.TempDir(), "events.ndjson")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := openFile(path, "")
		if err != nil {
			return
		}
		index, _, err := indexCalls(t.Context(), a)
		if err != nil {
			return
		}
		var b strings.Builder
		if err := writeList(&b, index.calls, story.FrCA); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x00\x07") {
			t.Errorf("a terminal would obey: %q", b.String())
		}
		for _, c := range index.calls {
			if _, err := readCall(t.Context(), a, c.ID); err != nil {
				t.Errorf("%q is listed and cannot be read: %v", c.ID, err)
			}
		}
	})
}
