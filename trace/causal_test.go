package trace_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
)

// wire finds a message's event in a merged call.
func wire(t *testing.T, all []trace.Located, kind trace.Kind, method string, status int) int {
	t.Helper()
	for i, l := range all {
		if m, ok := l.Event.Data.(trace.SIP); ok && l.Event.Kind == kind && m.Method == method && m.Status == status {
			return i
		}
	}
	t.Fatalf("no %s %s %d", kind, method, status)
	return -1
}

func TestMergeKeepsEachDevicesOrderAndPutsSendBeforeReceive(t *testing.T) {
	for _, ahead := range []time.Duration{0, 3 * time.Millisecond, -time.Hour, 20 * 365 * 24 * time.Hour} {
		views := calltest.Answered()
		for i := range views[1].Events {
			views[1].Events[i].At = views[1].Events[i].At.Add(ahead)
		}
		all := trace.Merge(views)
		checkOrder(t, views, all)
		invite, heard := wire(t, all, trace.SIPSent, "INVITE", 0), wire(t, all, trace.SIPReceived, "INVITE", 0)
		ok := wire(t, all, trace.SIPSent, "INVITE", 200)
		if invite >= heard || heard >= ok || ok >= wire(t, all, trace.SIPReceived, "INVITE", 200) {
			t.Errorf("%v ahead: INVITE and 200 are out of order", ahead)
		}
		if took := all[heard].At.Sub(all[invite].At); took < 0 || took > time.Millisecond {
			t.Errorf("%v ahead: the INVITE took %v", ahead, took)
		}
	}
}

// checkOrder fails unless all events are there, each view in its own order and no receive before its send.
func checkOrder(t *testing.T, views []trace.View, all []trace.Located) {
	t.Helper()
	next := make([]int, len(views))
	for i, l := range all {
		if want := views[l.View].Events[next[l.View]]; want.Seq != l.Ref.Seq || want.Boot != l.Ref.Boot {
			t.Fatalf("event %d of %s is out of its device's order", l.Ref.Seq, l.Ref.Device)
		}
		next[l.View]++
		if l.Pair < 0 {
			continue
		}
		if all[l.Pair].Pair != i || all[l.Pair].View == l.View {
			t.Fatalf("event %d is paired with %d, which is paired with %d", i, l.Pair, all[l.Pair].Pair)
		}
		if l.Event.Kind == trace.SIPReceived && l.Pair > i {
			t.Fatalf("event %d is received before it is sent", i)
		}
	}
	for v, n := range next {
		if n != len(views[v].Events) {
			t.Fatalf("view %d: %d of %d events", v, n, len(views[v].Events))
		}
	}
}

func TestAlignEstimatesHowFarTheClocksStandApart(t *testing.T) {
	views := calltest.Answered()
	a := aligned(views)
	if !a[0].Known || a[0].Ahead != 0 {
		t.Errorf("the first clock is not the measure: %+v", a[0])
	}
	if off := (a[1].Ahead - 3*time.Millisecond).Abs(); !a[1].Known || off > a[1].Uncertain || a[1].Uncertain > time.Millisecond || a[1].Pairs < 10 {
		t.Errorf("Warehouse is 3 ms ahead, estimated %+v", a[1])
	}
	back := aligned([]trace.View{views[1], views[0]})
	if back[1].Ahead != -a[1].Ahead {
		t.Errorf("seen from the other side: %+v, want %v", back[1], -a[1].Ahead)
	}
}

func TestAlignThroughAServerTakesMilestonesForMessages(t *testing.T) {
	a := aligned(calltest.ThroughProxy())
	if off := (a[1].Ahead - 3*time.Millisecond).Abs(); !a[1].Known || off > a[1].Uncertain {
		t.Errorf("Warehouse is 3 ms ahead, estimated %+v", a[1])
	}
	all := trace.Merge(calltest.ThroughProxy())
	checkOrder(t, calltest.ThroughProxy(), all)
	for _, l := range all {
		if l.Pair >= 0 {
			t.Fatal("messages on either side of a server are taken for one")
		}
	}
}

func TestAlignWithoutAMessageInCommonLaysTheStartsOnEachOther(t *testing.T) {
	views := calltest.Blocked()
	other := calltest.UnknownNumber()[0]
	other.Device = "other"
	for i := range other.Events {
		other.Events[i].Clock = trace.ClockUnsynced
		other.Events[i].At = other.Events[i].At.Add(-30 * 365 * 24 * time.Hour)
	}
	a := aligned(append(views, other))
	if a[1].Known || a[1].Ahead != -30*365*24*time.Hour {
		t.Errorf("%+v", a[1])
	}
}

func TestStepOfTheWallClockMovesNothing(t *testing.T) {
	views := calltest.Answered()[:1]
	want := trace.Merge(calltest.Answered()[:1])
	for i := 20; i < len(views[0].Events); i++ {
		views[0].Events[i].At = views[0].Events[i].At.Add(56 * 365 * 24 * time.Hour)
	}
	for i, l := range trace.Merge(views) {
		if !l.At.Equal(want[i].At) {
			t.Fatalf("event %d moved by %v", i, l.At.Sub(want[i].At))
		}
	}
}

// The first copies were dropped on the way: what arrived is the last one.
func TestCopyThatArrivedIsToldFromThoseThatWereLost(t *testing.T) {
	all := trace.Merge(calltest.Lossy())
	paired, copies := 0, 0
	for _, l := range all {
		if m, ok := l.Event.Data.(trace.SIP); ok && m.Method == "BYE" && m.IsRequest() {
			copies++
			if l.Pair >= 0 {
				paired++
			}
			if want := m.Retransmission == 2; (l.Pair >= 0) != want {
				t.Errorf("copy %d: paired %v", m.Retransmission, l.Pair >= 0)
			}
		}
	}
	if copies != 4 || paired != 2 {
		t.Errorf("%d events of the BYE, %d paired: want 3 sent, 1 received", copies, paired)
	}
}

func TestMergeOfNothingIsNothing(t *testing.T) {
	if got := trace.Merge(nil); len(got) != 0 {
		t.Error(got)
	}
	if got := trace.Merge([]trace.View{{}, {Device: "a"}}); len(got) != 0 {
		t.Error(got)
	}
	if got := aligned(nil); len(got) != 0 {
		t.Error(got)
	}
}

// Damaged input may contradict itself; every event still comes out, each device in its own order.
func TestMergeOfShuffledViewsLosesNothing(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		views := calltest.Answered()
		for _, v := range views {
			random.Shuffle(len(v.Events), func(i, j int) { v.Events[i], v.Events[j] = v.Events[j], v.Events[i] })
		}
		all := trace.Merge(views)
		next := make([]int, len(views))
		for _, l := range all {
			if views[l.View].Events[next[l.View]].Seq != l.Ref.Seq {
				t.Fatalf("seed %d: out of order", seed)
			}
			next[l.View]++
		}
		if len(all) != len(views[0].Events)+len(views[1].Events) {
			t.Fatalf("seed %d: %d events", seed, len(all))
		}
	}
}

func TestEventRefIsFitForAnIdentifier(t *testing.T) {
	r := trace.EventRef{Device: "reception-1", Boot: 0x9f3c, Seq: 42}
	if r.ID() != "reception-1.0000000000009f3c.42" {
		t.Error(r.ID())
	}
}

// aligned is what merging learns of the clocks.
func aligned(views []trace.View) []trace.Alignment {
	_, alignment := trace.MergeAligned(views)
	return alignment
}
