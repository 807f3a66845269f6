package trace_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

// ownEvent is one of the device's own, at a second of its run.
func ownEvent(seq uint64, second int, kind trace.Kind, data trace.Payload) trace.Event {
	return trace.Event{Boot: 1, Seq: seq, Mono: time.Duration(second) * time.Second, Kind: kind, Data: data}
}

// shortCall is a call of ten seconds from the thousandth on, with numbers that leave room between them.
func shortCall() []trace.Event {
	begin, end := ownEvent(100, 1000, trace.CallInitiated, trace.Initiated{}), ownEvent(200, 1010, trace.CallEnded, trace.Ended{Events: 2})
	begin.Call, begin.N, end.Call, end.N = "c", 1, "c", 2
	return []trace.Event{begin, end}
}

func numbersOf(events []trace.Event) []uint64 {
	var out []uint64
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

func TestWhatBelongsAroundACall(t *testing.T) {
	line := func(n int, expires time.Duration) trace.Line {
		return trace.Line{Line: n, ExpiresUS: trace.MicrosOf(expires)}
	}
	other := ownEvent(150, 1005, trace.DeviceLink, trace.Link{})
	other.Boot = 2
	lost := func(boot trace.Boot, from, to uint64) trace.Event {
		e := ownEvent(1, 0, trace.AgentGap, trace.Gap{Boot: boot, From: from, To: to, Count: 1})
		e.Boot = 3
		return e
	}
	for name, c := range map[string]struct {
		own  []trace.Event
		want []uint64
	}{
		"a line's last registration, its loss and the last word": {[]trace.Event{
			ownEvent(1, 1, trace.LineRegistered, line(1, time.Hour)), ownEvent(2, 2, trace.LineFailed, line(2, 0)),
			ownEvent(3, 100, trace.LineRegistered, line(1, time.Hour)), ownEvent(4, 200, trace.LineFailed, line(1, time.Minute)),
			ownEvent(5, 300, trace.LineFailed, line(1, 0)), ownEvent(6, 400, trace.LineFailed, line(1, 0)), ownEvent(7, 500, trace.LineRegistering, line(1, 0)),
		}, []uint64{2, 3, 5, 7}},
		"a minute before the call": {[]trace.Event{
			ownEvent(10, 939, trace.DeviceLink, trace.Link{}), ownEvent(11, 940, trace.DeviceLink, trace.Link{Up: true}),
		}, []uint64{11}},
		"to the end of the call": {[]trace.Event{
			ownEvent(150, 1005, trace.ClockStepped, trace.ClockStep{}), ownEvent(201, 1011, trace.ClockStepped, trace.ClockStep{}),
		}, []uint64{150}},
		"not what no call has to do with": {[]trace.Event{ownEvent(150, 1005, trace.SIPRejected, trace.Rejected{})}, nil},
		"not another run":                 {[]trace.Event{other}, nil},
		"losses that may have hit it, found by the next run": {[]trace.Event{
			lost(1, 1, 99), lost(1, 120, 130), lost(1, 201, 300), lost(2, 120, 130),
		}, []uint64{1}},
	} {
		if diff := cmp.Diff(c.want, numbersOf(trace.Around(c.own, shortCall()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var own trace.Own
		var later []trace.Event
		for _, e := range c.own {
			if e.Boot == 1 && e.Seq < 100 {
				own.Add(e)
			} else {
				later = append(later, e)
			}
		}
		if diff := cmp.Diff(c.want, numbersOf(trace.Around(append(own.Events(), later...), shortCall()))); diff != "" {
			t.Errorf("%s, kept as they came (-want +got):\n%s", name, diff)
		}
	}
}

func TestOwnEventsAreBounded(t *testing.T) {
	var own trace.Own
	for i := range 100_000 {
		own.Add(ownEvent(uint64(i+1), i*30, trace.LineRegistered, trace.Line{Line: 1}))
	}
	if n := len(own.Events()); n == 0 || n > 200 {
		t.Errorf("%d are kept", n)
	}
	var many []trace.Event
	for i := range 50_000 {
		many = append(many, ownEvent(101, 1001+i%2, trace.DeviceLink, trace.Link{}))
	}
	if n := len(trace.Around(many, shortCall())); n > 2000 {
		t.Errorf("%d are around one call", n)
	}
}

func TestEventsAroundACallStandWhereTheyWereWrittenAndCountForNothing(t *testing.T) {
	v := trace.View{Device: "d", Events: shortCall(), Around: []trace.Event{
		ownEvent(50, 900, trace.LineRegistered, trace.Line{Line: 1}), ownEvent(150, 1005, trace.DeviceLink, trace.Link{}),
	}}
	var order []uint64
	for _, l := range trace.Merge([]trace.View{v}) {
		order = append(order, l.Event.Seq)
		if l.Own != (l.Event.Call == "") {
			t.Errorf("%d: own %t", l.Event.Seq, l.Own)
		}
	}
	if diff := cmp.Diff([]uint64{50, 100, 150, 200}, order); diff != "" {
		t.Error(diff)
	}
	if f := trace.Summarize(v.Events); f.Seen != 2 || !f.Complete {
		t.Errorf("%+v", f)
	}
}
