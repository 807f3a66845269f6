package ladder_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

// sane fails when a row is out of place.
func sane(t *testing.T, views []trace.View) {
	t.Helper()
	l := ladder.Build(views, phrase.FrCA)
	for _, r := range l.Rows {
		if r.From < 0 || r.To < 0 || r.From >= len(l.Lanes) || r.To >= len(l.Lanes) {
			t.Fatalf("%+v of %d lanes", r, len(l.Lanes))
		}
	}
	l.Text(80)
	if err := l.SVG(io.Discard, ladder.SVGOptions{}); err != nil {
		t.Error(err)
	}
}

func noise(seed uint64, events int) []byte {
	random := rand.New(rand.NewPCG(seed, 11))
	b := make([]byte, 0, 6*events+8)
	for len(b) < 6*events {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return b
}

func FuzzBuildNeverPanics(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(noise(seed, 30))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sane(t, calltest.Remix(b)) })
}

func TestCallsThatCannotBeAreDrawnAllTheSame(t *testing.T) {
	for seed := range uint64(1500) {
		sane(t, calltest.Remix(noise(seed, int(seed%60))))
	}
}

func TestLadderOfAnyPartOfACallIsDrawn(t *testing.T) {
	for _, script := range calltest.Calls() {
		whole := script()
		for v := range whole {
			for i := range whole[v].Events {
				part := script()
				part[v].Events = append(part[v].Events[:i:i], part[v].Events[i+1:]...)
				ladder.Build(part, phrase.En).Text(80)
				part = script()
				part[v].Events = part[v].Events[i:]
				ladder.Build(part, phrase.En).Text(80)
			}
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		views := calltest.Answered()
		last := views[0].Events[len(views[0].Events)-1]
		for i := range n {
			e := last
			e.Seq, e.N = last.Seq+uint64(i)+1, last.N+i+1
			e.Mono, e.At = last.Mono+time.Duration(i)*time.Second, last.At.Add(time.Duration(i)*time.Second)
			e.Kind, e.Data = trace.SIPSent, trace.SIP{Method: "INFO", CSeq: uint32(i / 2), Branch: fmt.Sprint("z9hG4bK", i/2), Remote: "10.1.0.9:5060"}
			views[0].Events = append(views[0].Events, e)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				ladder.Build(views, phrase.En)
			}
		})
	}
}
