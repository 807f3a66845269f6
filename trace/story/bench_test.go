package story_test

import (
	"fmt"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

// long is a call of n events: a conversation with a hold every few seconds.
func long(n int) []trace.View {
	views := calltest.Answered()[:1]
	events := views[0].Events
	end, events := events[len(events)-1], events[:len(events)-1]
	last := events[len(events)-1]
	for i := 0; len(events) < n-1; i++ {
		e := last
		e.Seq, e.N = uint64(len(events)+42), len(events)+1
		e.Mono, e.At = last.Mono+time.Duration(i)*time.Second, last.At.Add(time.Duration(i)*time.Second)
		switch i % 6 {
		case 0:
			e.Kind, e.Data = trace.SIPSent, trace.SIP{Method: "INVITE", CSeq: uint32(i), Branch: fmt.Sprint("z9hG4bK", i), ToTag: "x", SDP: trace.SendOnly}
		case 1:
			e.Kind, e.Data = trace.SIPReceived, trace.SIP{Method: "INVITE", Status: 200, CSeq: uint32(i - 1), Branch: fmt.Sprint("z9hG4bK", i-1), ToTag: "x"}
		case 2:
			e.Kind, e.Data = trace.HoldConfirmed, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendOnly}
		case 3:
			e.Kind, e.Data = trace.MediaQuality, trace.Quality{Local: trace.QualitySide{Packets: i}}
		case 4:
			e.Kind, e.Data = trace.HoldResumed, trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendRecv}
		case 5:
			e.Kind, e.Data = trace.DTMFSent, trace.DTMF{Digits: "x"}
		}
		events = append(events, e)
	}
	end.N, end.Seq = len(events)+1, uint64(len(events)+42)
	if d, ok := end.Data.(trace.Ended); ok {
		d.Events, d.TotalUS = end.N, trace.MicrosOf(time.Duration(n)*time.Second)
		end.Data = d
	}
	views[0].Events = append(events, end)
	return views
}

// The budget is 50 ms for 10 000 events.
func BenchmarkTell(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 100_000} {
		views := long(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				story.Tell(views, story.FrCA)
			}
		})
	}
}

func TestWhatALongCallCostsGrowsWithItsLength(t *testing.T) {
	allocations := func(n int) float64 {
		views := long(n)
		return testing.AllocsPerRun(1, func() { story.Tell(views, story.En) })
	}
	short, tall := allocations(2_000), allocations(20_000)
	if tall > 12*short {
		t.Errorf("2 000 events took %.0f allocations, 20 000 took %.0f", short, tall)
	}
}
