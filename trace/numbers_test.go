package trace_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

func TestNumbersKeepStretches(t *testing.T) {
	var s trace.Numbers
	for _, n := range []int{5, 1, 2, 0, -3, 5, 4, 9, 3, 10, 2} {
		s.Add(n)
	}
	if diff := cmp.Diff(trace.Numbers{{1, 5}, {9, 10}}, s); diff != "" {
		t.Error(diff)
	}
	if s.Max() != 10 || s.Count(10) != 7 || s.Count(9) != 6 || s.Count(4) != 4 || s.Count(0) != 0 {
		t.Errorf("max %d, counts %d %d", s.Max(), s.Count(10), s.Count(9))
	}
}

func TestNumbersAgreeWithASetInAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		var s trace.Numbers
		set := map[int]bool{}
		for range 40 {
			n := random.IntN(50)
			s.Add(n)
			if n > 0 {
				set[n] = true
			}
		}
		if s.Count(math.MaxInt) != len(set) {
			t.Fatalf("seed %d: %d numbers, want %d", seed, s.Count(math.MaxInt), len(set))
		}
		for i, x := range s {
			if x[0] > x[1] || (i > 0 && s[i-1][1]+1 >= x[0]) {
				t.Fatalf("seed %d: %v is not apart", seed, s)
			}
		}
	}
}

func TestCopiesOfNumbersAreIndependent(t *testing.T) {
	var a trace.Numbers
	a.Add(1)
	b := slices.Clip(a)
	c := a
	a.Add(2)
	if b.Max() != 1 || c.Max() != 1 {
		t.Error("a copy changed")
	}
}

func TestNumbersAreBounded(t *testing.T) {
	var s trace.Numbers
	for n := range 20_000 {
		s.Add(2*n + 1)
	}
	if len(s) > 4096 {
		t.Errorf("%d stretches", len(s))
	}
}

func TestHolesNameWhatIsMissing(t *testing.T) {
	ended := func(n, total int) trace.Event {
		return trace.Event{N: n, Kind: trace.CallEnded, Data: trace.Ended{Events: total}}
	}
	at := func(n int) trace.Event { return trace.Event{N: n, Kind: trace.DeviceHook, Data: trace.Hook{}} }
	for name, c := range map[string]struct {
		events []trace.Event
		want   []trace.Hole
	}{
		"nothing is there":              {nil, nil},
		"complete":                      {[]trace.Event{at(1), at(2), ended(3, 3)}, nil},
		"still going on":                {[]trace.Event{at(1), at(2)}, nil},
		"the beginning":                 {[]trace.Event{at(3), ended(4, 4)}, []trace.Hole{{From: 1, To: 2, After: 0}}},
		"the middle":                    {[]trace.Event{at(1), at(5), ended(6, 6)}, []trace.Hole{{From: 2, To: 4, After: 1}}},
		"the end":                       {[]trace.Event{at(1), ended(2, 4)}, []trace.Hole{{From: 3, To: 4, After: 2}}},
		"late events fill nothing":      {[]trace.Event{at(1), ended(3, 3), at(4)}, []trace.Hole{{From: 2, To: 2, After: 1}}},
		"late events leave no hole":     {[]trace.Event{at(1), ended(2, 2), at(5)}, nil},
		"events of the device at large": {[]trace.Event{at(0), at(1), ended(2, 2)}, nil},
		"twice the same":                {[]trace.Event{at(1), at(1), at(3)}, []trace.Hole{{From: 2, To: 2, After: 2}}},
	} {
		got := trace.Holes(c.events)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		missing := 0
		for _, h := range got {
			missing += h.Count()
		}
		if f := trace.Summarize(c.events); f.Missing != missing {
			t.Errorf("%s: the summary misses %d, the holes %d", name, f.Missing, missing)
		}
	}
}
