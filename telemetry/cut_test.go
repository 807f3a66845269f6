package telemetry

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/journal"
	"sidetone/trace"
)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// cutRun journals a run that ends in the middle: the events at their monotonic times, then nothing.
func cutRun(t *testing.T, j *journal.Journal, boot trace.Boot, all ...trace.Event) {
	t.Helper()
	n := map[string]int{}
	for i, e := range all {
		e.Boot, e.Seq, e.At, e.Clock = boot, uint64(i+1), time.Unix(0, 0).Add(e.Mono), trace.ClockUnsynced
		if e.Call != "" {
			n[e.Call]++
			e.N = n[e.Call]
		}
		line, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(line, false); err != nil {
			t.Fatal(err)
		}
	}
}

func at(s float64, kind trace.Kind, data trace.Payload) trace.Event {
	return trace.Event{Call: "A", Mono: seconds(s), Kind: kind, Data: data}
}

func TestCallsOfARunThatWasCutAreEnded(t *testing.T) {
	started := trace.Event{Kind: trace.AgentStarted, Data: trace.Started{}}
	out := at(1, trace.CallInitiated, trace.Initiated{Direction: trace.Out})
	in := at(1, trace.CallInitiated, trace.Initiated{Direction: trace.In})
	ringing := at(2, trace.CallRinging, trace.Alerting{Status: 180})
	answered := at(5, trace.CallAnswered, trace.Answered{})
	last := trace.Event{Mono: seconds(20), Kind: trace.DeviceHook, Data: trace.Hook{}}
	end := func(e trace.Ended) trace.Ended {
		e.Side, e.Reason = trace.Local, "agent stopped"
		return e
	}
	for name, c := range map[string]struct {
		run  []trace.Event
		want trace.Ended
	}{
		"nothing came back": {
			[]trace.Event{started, out, last},
			end(trace.Ended{Result: trace.ResultFailed, SetupUS: 19e6, TotalUS: 19e6, Events: 3}),
		},
		"a status on the wire only": {
			[]trace.Event{started, out, at(1.5, trace.SIPReceived, trace.SIP{Method: "INVITE", Status: 100}), last},
			end(trace.Ended{Result: trace.ResultFailed, LastResponse: 100, SetupUS: 19e6, TotalUS: 19e6, Events: 4}),
		},
		"what we sent does not count for our own INVITE": {
			[]trace.Event{started, out, at(1.5, trace.SIPSent, trace.SIP{Method: "INVITE", Status: 486}), last},
			end(trace.Ended{Result: trace.ResultFailed, SetupUS: 19e6, TotalUS: 19e6, Events: 4}),
		},
		"ringing": {
			[]trace.Event{started, in, at(1.5, trace.SIPSent, trace.SIP{Method: "INVITE", Status: 100}), ringing, last},
			end(trace.Ended{Result: trace.ResultFailed, LastResponse: 180, SetupUS: 1e6, RingingUS: 18e6, TotalUS: 19e6, Events: 5}),
		},
		"talking": {
			[]trace.Event{started, out, ringing, answered, at(6, trace.SIPReceived, trace.SIP{Method: "INVITE", Status: 488}), last},
			end(trace.Ended{Result: trace.ResultAnswered, LastResponse: 200, SetupUS: 1e6, RingingUS: 3e6, TalkingUS: 15e6, TotalUS: 19e6, Events: 6}),
		},
		"held by both, then by one": {
			[]trace.Event{
				started, out, answered,
				at(6, trace.HoldConfirmed, trace.Hold{By: trace.Local, Direction: trace.SendOnly}),
				at(7, trace.HoldConfirmed, trace.Hold{By: trace.Remote, Direction: trace.Inactive}),
				at(8, trace.HoldResumed, trace.Hold{By: trace.Local, Direction: trace.RecvOnly}),
				at(9, trace.HoldResumed, trace.Hold{By: trace.Remote, Direction: trace.SendRecv}),
				at(18, trace.HoldConfirmed, trace.Hold{By: trace.Remote, Direction: trace.RecvOnly}), last,
			},
			end(trace.Ended{Result: trace.ResultAnswered, LastResponse: 200, SetupUS: 4e6, TalkingUS: 10e6, HeldUS: 5e6, TotalUS: 19e6, Events: 9}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := openJournal(t, journal.Options{})
			cutRun(t, j, 1, c.run...)
			r := newRecorder(t, RecorderOptions{Journal: j, Boot: 2})
			r.Close()
			fresh := events(t, j)[len(c.run):]
			n := len(c.run) - 2 // of the call
			if diff := cmp.Diff([]trace.Kind{trace.AgentStarted, trace.AgentStopped, trace.CallEnded, trace.AgentStopped},
				[]trace.Kind{fresh[0].Kind, fresh[1].Kind, fresh[2].Kind, fresh[3].Kind}); diff != "" {
				t.Fatal(diff)
			}
			stopped := fresh[1]
			if diff := cmp.Diff(trace.Stopped{Reason: trace.StoppedByCut, Boot: 1, Seq: uint64(len(c.run))}, stopped.Data); diff != "" || stopped.N != n+1 || stopped.Call != "A" {
				t.Error(stopped, diff)
			}
			if diff := cmp.Diff(c.want, fresh[2].Data); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCallsThatEndedAreLeftAlone(t *testing.T) {
	j := openJournal(t, journal.Options{})
	cutRun(t, j, 1, at(1, trace.CallInitiated, trace.Initiated{}), at(2, trace.CallEnded, trace.Ended{}), at(3, trace.SIPReceived, trace.SIP{Retransmission: 1}))
	newRecorder(t, RecorderOptions{Journal: j, Boot: 2}).Close()
	newRecorder(t, RecorderOptions{Journal: j, Boot: 3}).Close()
	if got := len(events(t, j)); got != 3+2+2 {
		t.Errorf("%d events", got)
	}
}

func TestCutWhileEndingACutCallEndsItOnce(t *testing.T) {
	j := openJournal(t, journal.Options{})
	cutRun(t, j, 1, at(1, trace.CallInitiated, trace.Initiated{}), at(4, trace.CallRinging, trace.Alerting{Status: 180}))
	stopped := trace.Event{
		Boot: 2, Seq: 2, At: time.Unix(9, 0), Call: "A", N: 3, Mono: seconds(0.1), Clock: trace.ClockUnsynced, Kind: trace.AgentStopped,
		Data: trace.Stopped{Reason: trace.StoppedByCut, Boot: 1, Seq: 2},
	}
	line, err := stopped.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(line, false); err != nil {
		t.Fatal(err)
	}
	newRecorder(t, RecorderOptions{Journal: j, Boot: 3}).Close()
	newRecorder(t, RecorderOptions{Journal: j, Boot: 4}).Close()
	var ends []trace.Event
	for _, e := range events(t, j) {
		if e.Kind == trace.CallEnded {
			ends = append(ends, e)
		}
	}
	if len(ends) != 1 || ends[0].Boot != 3 || ends[0].N != 5 {
		t.Fatalf("%+v", ends)
	}
	if d := ends[0].Data.(trace.Ended); d.TotalUS != 3e6 || d.RingingUS != 0 || d.SetupUS != 3e6 {
		t.Errorf("%+v", d)
	}
}

func TestPhoneStartsWithAJournalThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, journal.Options{Dir: dir})
	ring(newRecorder(t, RecorderOptions{Journal: j, Boot: 1}), "A")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// Reading a directory fails as a bad block of the medium does.
	if err := os.Mkdir(filepath.Join(dir, "00000000000000000100.v1"), 0o700); err != nil {
		t.Fatal(err)
	}
	again := openJournal(t, journal.Options{Dir: dir})
	r := newRecorder(t, RecorderOptions{Journal: again, Boot: 2})
	ring(r, "B")
	r.Close()
	var kinds []trace.Kind
	for _, e := range events(t, again) {
		if e.Boot == 2 {
			kinds = append(kinds, e.Kind)
		}
	}
	if len(kinds) < 3 || kinds[0] != trace.AgentStarted || slices.Contains(kinds, trace.CallEnded) {
		t.Errorf("recorded %v", kinds)
	}
}

func TestGapsAreTranslatedToEventNumbers(t *testing.T) {
	line := func(boot trace.Boot, seq uint64) []byte {
		b, err := trace.Event{Boot: boot, Seq: seq, At: time.Unix(0, 0), Kind: trace.AgentStarted, Data: trace.Started{}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	corrupt := func(count uint64, before, after []byte) journal.Gap {
		return journal.Gap{From: 101, To: 100 + count, Reason: journal.Corrupt, Before: before, After: after}
	}
	gap := func(boot trace.Boot, from, to, count uint64) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: trace.GapJournalCorrupt, Count: count}
	}
	for name, c := range map[string]struct {
		in   journal.Gap
		want []trace.Gap
	}{
		"edges": {
			journal.Gap{From: 1, To: 4, Reason: journal.Dropped, First: line(1, 11), Last: line(1, 14)},
			[]trace.Gap{{From: 11, To: 14, Boot: 1, Reason: trace.GapJournalFull, Count: 4}},
		},
		"within a run":      {corrupt(3, line(1, 5), line(1, 9)), []trace.Gap{gap(1, 6, 8, 3)}},
		"across a restart":  {corrupt(5, line(1, 5), line(2, 3)), []trace.Gap{gap(1, 6, 8, 3), gap(2, 1, 2, 2)}},
		"end of a run":      {corrupt(2, line(1, 5), line(2, 1)), []trace.Gap{gap(1, 6, 7, 2)}},
		"at the beginning":  {corrupt(4, nil, line(2, 9)), []trace.Gap{gap(2, 5, 8, 4)}},
		"nothing is known":  {corrupt(4, nil, nil), []trace.Gap{gap(0, 0, 0, 4)}},
		"not an event line": {corrupt(4, []byte("junk"), []byte("{}")), []trace.Gap{gap(0, 0, 0, 4)}},
	} {
		if diff := cmp.Diff(c.want, translate(c.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzHead(f *testing.F) {
	for _, e := range []trace.Event{
		{Boot: 1, Seq: 2, Mono: time.Second, Clock: trace.ClockSynced, Call: "A", Leg: 1, N: 3, Kind: trace.CallRinging, Data: trace.Alerting{Status: 180}},
		{Boot: 1, Seq: 2, Clock: trace.ClockUnsynced, Kind: trace.DeviceHook, Data: trace.Hook{}},
	} {
		line, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		quick, ok := quickHead(line)
		e, err := trace.Decode(line)
		if !ok || err != nil {
			return
		}
		want := head{boot: e.Boot, seq: e.Seq, mono: e.Mono, call: e.Call, n: e.N, kind: e.Kind}
		if quick != want {
			t.Fatalf("%+v, want %+v: %s", quick, want, line)
		}
	})
}

func TestWhatARunCouldNotWriteAndDidNotTellIsToldByTheNextOne(t *testing.T) {
	j := openJournal(t, journal.Options{})
	line := func(boot trace.Boot, seq uint64, kind trace.Kind, data trace.Payload) {
		t.Helper()
		b, err := trace.Event{Boot: boot, Seq: seq, At: time.Unix(0, 0), Clock: trace.ClockUnsynced, Kind: kind, Data: data}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(b, false); err != nil {
			t.Fatal(err)
		}
	}
	hook := trace.Hook{State: trace.OnHook}
	line(1, 1, trace.AgentStarted, trace.Started{})
	line(1, 4, trace.DeviceHook, hook) // 2 and 3 were told by the run itself
	line(1, 5, trace.AgentGap, trace.Gap{From: 2, To: 3, Boot: 1, Reason: trace.GapJournalWrite, Count: 2})
	line(1, 9, trace.DeviceHook, hook)              // 6 to 8 were not: the disk filled again before they could be, and the power was cut
	line(2, 3, trace.AgentStopped, trace.Stopped{}) // nor was the start of this run

	want := []trace.Gap{
		{From: 6, To: 8, Boot: 1, Reason: trace.GapJournalWrite, Count: 3},
		{From: 1, To: 2, Boot: 2, Reason: trace.GapJournalWrite, Count: 2},
	}
	told := func(boot trace.Boot) (gaps []trace.Gap) {
		for _, e := range events(t, j) {
			if gap, ok := e.Data.(trace.Gap); ok && e.Boot == boot {
				gaps = append(gaps, gap)
			}
		}
		return gaps
	}
	newRecorder(t, RecorderOptions{Journal: j, Boot: 3})
	if diff := cmp.Diff(want, told(3)); diff != "" {
		t.Error(diff)
	}
	newRecorder(t, RecorderOptions{Journal: j, Boot: 4})
	if diff := cmp.Diff([]trace.Gap(nil), told(4)); diff != "" {
		t.Errorf("told again: %s", diff)
	}
}
