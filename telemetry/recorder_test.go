package telemetry

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sidetone/journal"
	"sidetone/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openJournal(t testing.TB, o journal.Options) *journal.Journal {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 8 << 20
	}
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func newRecorder(t testing.TB, o RecorderOptions) *Recorder {
	t.Helper()
	if o.Synced == nil {
		o.Synced = func() bool { return true }
	}
	r, err := NewRecorder(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// events decodes what the journal holds.
func events(t testing.TB, j *journal.Journal) []trace.Event {
	t.Helper()
	var all []trace.Event
	err := eachRecord(j, func(_ uint64, line []byte) {
		e, err := trace.Decode(line)
		if err != nil {
			t.Errorf("%v: %s", err, line)
		}
		all = append(all, e)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// kinds writes the events in short: seq kind call#n.
func kinds(all []trace.Event) []string {
	var out []string
	for _, e := range all {
		s := fmt.Sprintf("%d %s", e.Seq, e.Kind)
		if e.Call != "" {
			s += fmt.Sprintf(" %s#%d", e.Call, e.N)
		}
		out = append(out, s)
	}
	return out
}

func ring(r *Recorder, call string) {
	r.Record(trace.Event{Call: call, Leg: 1, Kind: trace.CallInitiated, Data: trace.Initiated{Direction: trace.Out}})
	r.Record(trace.Event{Call: call, Leg: 1, Kind: trace.CallRinging, Data: trace.Alerting{Status: 180}})
}

func end(r *Recorder, call string) {
	r.Record(trace.Event{Call: call, Kind: trace.CallEnded, Data: trace.Ended{Side: trace.Remote}})
}

func TestRecorderStampsEventsAndNumbersCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := openJournal(t, journal.Options{})
		r := newRecorder(t, RecorderOptions{Journal: j, Boot: 7, Started: trace.Started{Version: "1.2"}})
		<-time.After(1500 * time.Millisecond)
		at := time.Now()
		ring(r, "A")
		ring(r, "B")
		<-time.After(time.Second)
		r.Record(trace.Event{Call: "A", At: at, Kind: trace.CallAnswered, Data: trace.Answered{}})
		end(r, "A")
		r.Record(trace.Event{Call: "A", Kind: trace.SIPReceived, Data: trace.SIP{Method: "BYE", Retransmission: 1}})
		r.Close()
		r.Close()
		end(r, "B")
		all := events(t, j)
		want := []string{
			"1 agent.started", "2 call.initiated A#1", "3 call.ringing A#2", "4 call.initiated B#1", "5 call.ringing B#2",
			"6 call.answered A#3", "7 call.ended A#4", "8 sip.received A#5", "9 agent.stopped",
		}
		if diff := cmp.Diff(want, kinds(all)); diff != "" {
			t.Error(diff)
		}
		for _, e := range all {
			if e.Boot != 7 || e.Clock != trace.ClockSynced {
				t.Errorf("%+v", e)
			}
		}
		if e := all[6]; e.Data.(trace.Ended).Events != 4 || e.Mono != 2500*time.Millisecond {
			t.Errorf("end: %+v", e)
		}
		if e := all[5]; e.Mono != 1500*time.Millisecond || !e.At.Equal(at) {
			t.Errorf("an event keeps the time it is given: %+v", e)
		}
	})
}

func TestRecorderMasksBeforeTheJournal(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j, Capture: trace.CaptureHeaders, Mask: trace.Mask{Digits: true}})
	defer r.Close()
	live := r.Follow(t.Context())
	r.Record(trace.Event{Kind: trace.DeviceKey, Data: trace.Key{Keys: "4711"}})
	r.Record(trace.Event{Kind: trace.SIPSent, Data: trace.SIP{Raw: "BYE x SIP/2.0\r\nAuthorization: Digest response=s3cret\r\n\r\nbody"}})
	for range 2 {
		b, err := (<-live).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if s := string(b); strings.Contains(s, "4711") || strings.Contains(s, "s3cret") || strings.Contains(s, "body") {
			t.Errorf("live: %s", b)
		}
	}
	for _, e := range events(t, j) {
		if s := fmt.Sprint(e.Data); strings.Contains(s, "4711") || strings.Contains(s, "s3cret") || strings.Contains(s, "body") {
			t.Errorf("%s: %s", e.Kind, s)
		}
	}
}

func TestOrderOfTheJournalIsTheOrderOfSeq(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			call := fmt.Sprint("call-", i)
			for range 100 {
				ring(r, call)
			}
			end(r, call)
		})
	}
	all.Wait()
	r.Close()
	n := map[string]int{}
	for i, e := range events(t, j) {
		if e.Seq != uint64(i+1) {
			t.Fatalf("seq %d at %d", e.Seq, i+1)
		}
		if e.Call == "" {
			continue
		}
		if n[e.Call]++; e.N != n[e.Call] {
			t.Fatalf("%s: n %d, want %d", e.Call, e.N, n[e.Call])
		}
	}
}

func TestClockThatIsSetIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := openJournal(t, journal.Options{})
		synced := false
		r := newRecorder(t, RecorderOptions{Journal: j, Synced: func() bool { return synced }})
		var jump time.Duration
		r.clock.wall = func(at time.Time) time.Time { return at.Round(0).Add(jump) }
		ring(r, "A")
		jump, synced = 500*time.Millisecond, true
		ring(r, "A")
		jump = 24 * time.Hour
		<-time.After(time.Second)
		ring(r, "A")
		jump = -time.Hour
		end(r, "A")
		r.Close()
		all := events(t, j)
		want := []string{
			"1 agent.started", "2 call.initiated A#1", "3 call.ringing A#2", "4 call.initiated A#3", "5 call.ringing A#4",
			"6 clock.stepped", "7 call.initiated A#5", "8 call.ringing A#6", "9 clock.stepped", "10 call.ended A#7", "11 agent.stopped",
		}
		if diff := cmp.Diff(want, kinds(all)); diff != "" {
			t.Fatal(diff)
		}
		if got := all[8].Data.(trace.ClockStep).StepUS.Duration(); got != -25*time.Hour {
			t.Errorf("step %v", got)
		}
		if all[1].Clock != trace.ClockUnsynced || all[6].Clock != trace.ClockSynced {
			t.Error("the state of the clock is not asked for again after a step")
		}
		if all[9].Mono != time.Second {
			t.Errorf("monotonic time moved with the wall clock: %v", all[9].Mono)
		}
	})
}

// tooLarge is an event that no journal takes.
var tooLarge = trace.Event{Kind: trace.DeviceHook, Data: trace.Hook{State: strings.Repeat("x", 300000)}}

func TestEventsThatCouldNotBeWrittenAreReportedWithTheirNumbers(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j, Boot: 9})
	ring(r, "A") // 2, 3
	for range 3 {
		r.Record(tooLarge) // 4, 5, 6
	}
	ring(r, "B") // 7, then the report, then 9
	r.Close()
	want := []string{
		"1 agent.started", "2 call.initiated A#1", "3 call.ringing A#2", "7 call.initiated B#1", "8 agent.gap", "9 call.ringing B#2", "10 agent.stopped",
	}
	all := events(t, j)
	if diff := cmp.Diff(want, kinds(all)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(trace.Gap{From: 4, To: 6, Boot: 9, Reason: trace.GapJournalWrite, Count: 3}, all[4].Data); diff != "" {
		t.Error(diff)
	}
}

func TestFlashThatTakesNothingCostsNoEventAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trouble medium
		dir := t.TempDir()
		j := openJournal(t, journal.Options{Dir: dir, Fault: trouble.fault})
		r := newRecorder(t, RecorderOptions{Journal: j, Boot: 9})
		ring(r, "A")
		trouble.set(syscall.ENOSPC)
		ring(r, "A")
		trouble.set(nil)
		<-time.After(5 * time.Second)
		synctest.Wait()
		<-j.Turned()
		r.JournalTurned()
		r.JournalTurned()
		end(r, "A")
		r.Close()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"1 agent.started", "2 call.initiated A#1", "3 call.ringing A#2", "4 call.initiated A#3", "5 device.fault", "6 call.ringing A#4",
			"7 device.fault", "8 call.ended A#5", "9 agent.stopped",
		}
		all := events(t, openJournal(t, journal.Options{Dir: dir}))
		if diff := cmp.Diff(want, kinds(all)); diff != "" {
			t.Fatal(diff)
		}
		for i, want := range map[int]trace.Fault{
			4: {Part: trace.FaultyJournal, Error: "no space left on device"}, 6: {Part: trace.FaultyJournal, Over: true},
		} {
			if diff := cmp.Diff(want, all[i].Data); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestEventsThatMemoryCouldNotKeepForTheFlashAreReported(t *testing.T) {
	var trouble medium
	j := openJournal(t, journal.Options{MaxBytes: 32 << 10, Fault: trouble.fault})
	r := newRecorder(t, RecorderOptions{Journal: j, Boot: 5})
	ring(r, "A")
	trouble.set(syscall.EROFS)
	for i := range 200 {
		ring(r, fmt.Sprint("call-", i))
	}
	r.Close()
	seen := map[uint64]bool{}
	var last uint64
	for _, e := range events(t, j) {
		seen[e.Seq], last = true, e.Seq
		if g, ok := e.Data.(trace.Gap); ok {
			if g.Boot != 5 || g.Reason != trace.GapJournalWrite || g.Count != g.To-g.From+1 || g.From < 4 {
				t.Errorf("%+v", g)
			}
			for seq := g.From; seq <= g.To; seq++ {
				seen[seq] = true
			}
		}
	}
	if last < 400 {
		t.Errorf("ends with %d", last)
	}
	for seq := range last {
		if !seen[seq+1] {
			t.Fatalf("%d is neither there nor reported", seq+1)
		}
	}
}

func TestEventsDroppedFromAFullJournalAreReported(t *testing.T) {
	j := openJournal(t, journal.Options{MaxBytes: 32 << 10})
	r := newRecorder(t, RecorderOptions{Journal: j, Boot: 5})
	for i := range 200 {
		ring(r, fmt.Sprint("call-", i))
	}
	r.Close()
	all := events(t, j)
	lost := map[uint64]bool{}
	for _, e := range all {
		if g, ok := e.Data.(trace.Gap); ok {
			if g.Boot != 5 || g.Reason != trace.GapJournalFull || g.Count != g.To-g.From+1 {
				t.Errorf("%+v", g)
			}
			for seq := g.From; seq <= g.To; seq++ {
				lost[seq] = true
			}
		}
	}
	for seq := uint64(1); seq < all[0].Seq; seq++ {
		if !lost[seq] {
			t.Fatalf("the journal begins with %d, and %d is not reported", all[0].Seq, seq)
		}
	}
}

func TestRunsThatWereLostAsAWholeAreReportedToTheEnd(t *testing.T) {
	dir := t.TempDir()
	const runs, calls = 5, 100
	for boot := range trace.Boot(runs) {
		j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: 32 << 10})
		if err != nil {
			t.Fatal(err)
		}
		r := newRecorder(t, RecorderOptions{Journal: j, Boot: boot + 1})
		for i := range calls {
			ring(r, fmt.Sprint(boot, "-", i))
			end(r, fmt.Sprint(boot, "-", i))
		}
		if err := j.Close(); err != nil { // without a good-bye: the agent was killed
			t.Fatal(err)
		}
	}
	lost, highest := map[trace.Boot]uint64{}, map[trace.Boot]uint64{}
	reports := 0
	for _, e := range events(t, openJournal(t, journal.Options{Dir: dir, MaxBytes: 32 << 10})) {
		highest[e.Boot] = max(highest[e.Boot], e.Seq)
		if g, ok := e.Data.(trace.Gap); ok {
			reports++
			if g.From == 1 {
				lost[g.Boot] = max(lost[g.Boot], g.To)
			}
		}
	}
	for boot := range trace.Boot(runs) {
		if lost[boot+1] == 0 {
			t.Errorf("nothing says that run %d has lost its beginning", boot+1)
		}
	}
	if lost[1] < 2*calls || highest[1] > 0 || reports > 40 {
		t.Errorf("of run 1, %d are reported as lost and up to %d are there; %d reports", lost[1], highest[1], reports)
	}
}

func TestReportsAreCondensedAndBounded(t *testing.T) {
	full := func(boot trace.Boot, from, to uint64) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: trace.GapJournalFull, Count: to - from + 1}
	}
	got := condense([]trace.Gap{full(1, 1, 5), full(2, 1, 3), full(1, 6, 9), full(2, 7, 9)})
	if diff := cmp.Diff([]trace.Gap{full(1, 1, 9), full(2, 1, 3), full(2, 7, 9)}, got); diff != "" {
		t.Error(diff)
	}
	var many []trace.Gap
	for boot := range trace.Boot(1000) {
		many = condense(append(many, full(boot+1, 1, 2)))
	}
	if len(many) != maxReports || many[0].From != 0 || many[0].Count != 2*(1000-maxReports+1) || many[len(many)-1].Boot != 1000 {
		t.Errorf("%d reports, from %+v to %+v", len(many), many[0], many[len(many)-1])
	}
}

func TestMessageTooLargeForTheJournalLosesOnlyItsRawText(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j})
	r.Record(trace.Event{Kind: trace.SIPReceived, Data: trace.SIP{Method: "INVITE", Size: 300000, Raw: strings.Repeat("x", 300000)}})
	r.Close()
	all := events(t, j)
	if diff := cmp.Diff(trace.SIP{Method: "INVITE", Size: 300000}, all[1].Data); len(all) != 3 || diff != "" {
		t.Error(len(all), diff)
	}
}

func TestFollowerThatIsSlowMissesEventsAndBlocksNobody(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j})
	slow := r.Follow(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	gone := r.Follow(ctx)
	cancel()
	for range gone { // closed by the context, with nobody receiving
	}
	for range 300 {
		ring(r, "A")
	}
	r.Close()
	n := 0
	for range slow {
		n++
	}
	if n != 256 {
		t.Errorf("%d events", n)
	}
	if _, open := <-r.Follow(t.Context()); open {
		t.Error("a closed recorder is followed")
	}
}

func TestCallsCountOutlivesTheirEndForAWhile(t *testing.T) {
	c := numbering{}
	c.next("A")
	c.end("A", 0)
	c.next("B")
	c.end("B", keepCount)
	if n := c.next("A"); n != 2 {
		t.Errorf("late event numbered %d", n)
	}
	c.end("B", keepCount+1)
	if _, there := c["A"]; there {
		t.Error("A is never forgotten")
	}
}

func BenchmarkRecord(b *testing.B) {
	j, err := journal.Open(journal.Options{Dir: b.TempDir(), MaxBytes: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	r, err := NewRecorder(RecorderOptions{Journal: j, Mask: trace.Mask{Digits: true}})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	raw := strings.Repeat("Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK123456\r\n", 10)
	for name, e := range map[string]trace.Event{
		"ringing": {Call: "01JD7Q0000000000000000004F", Leg: 1, Kind: trace.CallRinging, Data: trace.Alerting{Status: 180, Who: "handset"}},
		"sip": {Call: "01JD7Q0000000000000000004F", Leg: 1, Kind: trace.SIPSent, Data: trace.SIP{
			Transport: "udp", Local: "10.0.0.1:5060", Remote: "10.0.0.2:5060", Method: "INVITE", CSeq: 1, Branch: "z9hG4bK123456", Size: len(raw), Raw: raw,
		}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Record(e)
			}
		})
	}
}

func TestWhatIsKeptOfAMessageIsChangedWhileTheAgentRuns(t *testing.T) {
	j := openJournal(t, journal.Options{})
	r := newRecorder(t, RecorderOptions{Journal: j, Mask: trace.Mask{Digits: true}})
	follow := r.Follow(t.Context())
	tell := func() (raw, digits string) {
		r.Record(trace.Event{Kind: trace.SIPSent, Data: trace.SIP{Raw: "BYE sip:a SIP/2.0\r\n\r\n"}})
		r.Record(trace.Event{Kind: trace.DTMFSent, Data: trace.DTMF{Digits: "5"}})
		return (<-follow).Data.(trace.SIP).Raw, (<-follow).Data.(trace.DTMF).Digits
	}
	if raw, digits := tell(); raw == "" || digits != "x" {
		t.Errorf("before: %q, %q", raw, digits)
	}
	r.SetLevel(trace.CaptureNone, trace.Mask{})
	if raw, digits := tell(); raw != "" || digits != "5" {
		t.Errorf("after: %q, %q", raw, digits)
	}
}
