package story_test

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

func noise(seed uint64, events int) []byte {
	random := rand.New(rand.NewPCG(seed, 11))
	b := make([]byte, 0, 6*events+8)
	for len(b) < 6*events {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return b
}

// sane fails when a story lacks what every story has.
func sane(t *testing.T, views []trace.View) {
	t.Helper()
	for _, lang := range phrase.Langs() {
		s := story.Tell(views, lang)
		if s.Verdict.Head == "" || s.Verdict.Mark == "" || s.Caller.Name == "" || s.Callee.Name == "" || s.Caller.Name == s.Callee.Name {
			t.Errorf("%+v, %q and %q", s.Verdict, s.Caller.Name, s.Callee.Name)
		}
		for i, p := range s.Phases {
			empty := p.DurationUS == 0 && !p.Open // the phase that a call has just come to may be
			if p.DurationUS < 0 || empty || (i > 0 && p.StartUS < s.Phases[i-1].StartUS+s.Phases[i-1].DurationUS) {
				t.Errorf("phase %+v after %+v", p, s.Phases[max(i-1, 0)])
			}
		}
		for _, f := range s.Findings {
			hole := f.Code == "events-missing" // at the end of a view nothing stands behind it
			if len(f.Evidence) == 0 && !hole || strings.ContainsAny(f.Show+f.Advice, "{}⟦⟧") || strings.ContainsAny(f.Sentence, "⟦⟧") || strings.Contains(f.Sentence, "−") {
				t.Errorf("%+v", f)
			}
		}
		if err := story.Text(io.Discard, s, 80); err != nil {
			t.Error(err)
		}
	}
}

func FuzzTellNeverPanics(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(noise(seed, 30))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sane(t, calltest.Remix(b)) })
}

func TestCallsThatCannotBeAreToldAllTheSame(t *testing.T) {
	for seed := range uint64(1500) {
		sane(t, calltest.Remix(noise(seed, int(seed%60))))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Whatever is lost, there is a story.
func TestAnyPartOfACallIsTold(t *testing.T) {
	for _, script := range calltest.Calls() {
		whole := script()
		for v := range whole {
			for i := range whole[v].Events {
				without, first, last := script(), script(), script()
				without[v].Events = append(without[v].Events[:i:i], without[v].Events[i+1:]...)
				first[v].Events = first[v].Events[:i]
				last[v].Events = last[v].Events[i:]
				for _, views := range [][]trace.View{without, first, last} {
					sane(t, views)
				}
			}
		}
	}
}
