package store

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidetone/trace"
)

func TestRangesAreTheSetOfWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Ranges
		set := map[uint64]bool{}
		for _, seq := range rapid.SliceOf(rapid.Uint64Range(1, 40)).Draw(t, "added") {
			if r.Contains(seq) != set[seq] {
				t.Fatalf("%v contains %d: %v", r, seq, !set[seq])
			}
			if !r.Add(seq) {
				t.Fatalf("%d was refused", seq)
			}
			set[seq] = true
		}
		var missing []uint64
		for seq := uint64(1); seq <= 41; seq++ {
			if r.Contains(seq) != set[seq] {
				t.Fatalf("%v contains %d: %v", r, seq, !set[seq])
			}
			if !set[seq] && seq < highest(set) {
				missing = append(missing, seq)
			}
		}
		var holes []uint64
		for _, h := range r.holesUpTo(r.last()) {
			for seq := h.First; seq <= h.Last; seq++ {
				holes = append(holes, seq)
			}
		}
		if !slices.Equal(holes, missing) {
			t.Fatalf("holes of %v: %v, want %v", r, holes, missing)
		}
		if r.Whole() != (len(missing) == 0) {
			t.Fatalf("%v is whole: %v", r, r.Whole())
		}
		first := rapid.Uint64Range(1, 40).Draw(t, "first")
		last := rapid.Uint64Range(first, 41).Draw(t, "last")
		covers := true
		for seq := first; seq <= last; seq++ {
			covers = covers && set[seq]
		}
		if r.Covers(Range{first, last}) != covers {
			t.Fatalf("%v covers %d-%d: %v", r, first, last, !covers)
		}
	})
}

func highest(set map[uint64]bool) uint64 {
	var top uint64
	for seq := range set {
		top = max(top, seq)
	}
	return top
}

func TestRangesSurviveBeingWrittenAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r, back Ranges
		for _, seq := range rapid.SliceOf(rapid.Uint64Range(1, math.MaxInt64-1)).Draw(t, "added") {
			r.Add(seq)
		}
		b, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, back, cmp.AllowUnexported(Ranges{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestADeviceThatScattersIsBounded(t *testing.T) {
	var r Ranges
	for i := range uint64(MaxRanges) {
		if !r.Add(2*i + 1) {
			t.Fatalf("range %d was refused", i)
		}
	}
	if r.Add(4 * MaxRanges) {
		t.Error("one range too many was taken")
	}
	if !r.Add(2) || !r.Add(2*MaxRanges) {
		t.Error("a number that fits into what is there was refused")
	}
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte{1, 4, 3, 0})
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, back Ranges
		if r.UnmarshalBinary(b) != nil {
			return
		}
		out, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.UnmarshalBinary(out); err != nil {
			t.Fatalf("%x was read, but not what was written of it: %v", b, err)
		}
		if diff := cmp.Diff(r, back, cmp.AllowUnexported(Ranges{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestLosses(t *testing.T) {
	seen := func(seqs ...uint64) *Run {
		r := new(Run)
		for _, s := range seqs {
			r.Seen.Add(s)
		}
		return r
	}
	given := func(upTo uint64, seqs ...uint64) *Run {
		r := seen(seqs...)
		r.Given = upTo
		return r
	}
	full := func(boot trace.Boot, from, to uint64) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: trace.GapJournalFull, Count: to - from + 1}
	}
	unknown := func(boot trace.Boot, from, to uint64) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: NotReceived, Count: to - from + 1}
	}
	for name, c := range map[string]struct {
		seen     map[trace.Boot]*Run
		reported []trace.Gap
		want     []trace.Gap
	}{
		"nothing lost":                  {map[trace.Boot]*Run{1: seen(1, 2, 3)}, nil, nil},
		"a hole nobody explained":       {map[trace.Boot]*Run{1: seen(1, 4)}, nil, []trace.Gap{unknown(1, 2, 3)}},
		"a hole explained":              {map[trace.Boot]*Run{1: seen(1, 4)}, []trace.Gap{full(1, 2, 3)}, []trace.Gap{full(1, 2, 3)}},
		"a hole explained in part":      {map[trace.Boot]*Run{1: seen(1, 9)}, []trace.Gap{full(1, 4, 5)}, []trace.Gap{unknown(1, 2, 3), full(1, 4, 5), unknown(1, 6, 8)}},
		"a report of what came in":      {map[trace.Boot]*Run{1: seen(1, 2, 3)}, []trace.Gap{full(1, 2, 3)}, nil},
		"a report behind the last":      {map[trace.Boot]*Run{1: seen(1, 2)}, []trace.Gap{full(1, 2, 5)}, []trace.Gap{full(1, 2, 5)}},
		"a report of a boot never seen": {nil, []trace.Gap{full(7, 1, 5)}, []trace.Gap{full(7, 1, 5)}},
		"a report that makes no sense":  {nil, []trace.Gap{full(1, 5, 4), full(1, 0, 3)}, nil},
		"a report that grew":            {nil, []trace.Gap{full(7, 1, 5), full(7, 6, 9), full(7, 1, 9), full(7, 12, 13)}, []trace.Gap{full(7, 1, 9), full(7, 12, 13)}},
		"a loss of which only the number is known": {
			nil, []trace.Gap{{Reason: trace.GapJournalFull, Count: 7}}, []trace.Gap{{Reason: trace.GapJournalFull, Count: 7}},
		},
		"a boot whose beginning is lost":   {map[trace.Boot]*Run{2: seen(5)}, nil, []trace.Gap{unknown(2, 1, 4)}},
		"an end that a broker has lost":    {map[trace.Boot]*Run{1: given(4, 1, 2)}, nil, []trace.Gap{unknown(1, 3, 4)}},
		"a run that a broker has lost":     {map[trace.Boot]*Run{1: given(4)}, nil, []trace.Gap{unknown(1, 1, 4)}},
		"a word that came late":            {map[trace.Boot]*Run{1: given(2, 1, 2, 3, 5)}, nil, []trace.Gap{unknown(1, 4, 4)}},
		"boots are told one after another": {map[trace.Boot]*Run{2: seen(2), 1: seen(3)}, nil, []trace.Gap{unknown(1, 1, 2), unknown(2, 1, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Losses(c.seen, c.reported)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLackingIsWhatABrokerHadAndNobodyExplained(t *testing.T) {
	lost := func(boot trace.Boot, from, to uint64, reason string) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: reason, Count: to - from + 1}
	}
	losses := []trace.Gap{
		lost(1, 1, 2, NotReceived), lost(2, 3, 4, NotReceived), lost(2, 5, 6, trace.GapJournalFull), lost(2, 8, 12, NotReceived), lost(2, 20, 21, NotReceived),
	}
	for what, c := range map[string]struct {
		given []Given
		want  []trace.Gap
	}{
		"a run that goes on": {[]Given{{Boot: 1}, {Boot: 2, Seq: 10}, {Boot: 3, Seq: 4}}, []trace.Gap{lost(2, 3, 4, NotReceived), lost(2, 8, 10, NotReceived)}},
		"a run that is over": {
			[]Given{{Boot: 1}, {Boot: 2, Seq: 10, Over: true}},
			[]trace.Gap{lost(2, 3, 4, NotReceived), lost(2, 8, 12, NotReceived), lost(2, 20, 21, NotReceived)},
		},
		"a run that the device has nothing of any more": {[]Given{{Boot: 2}}, []trace.Gap{lost(1, 1, 2, NotReceived)}},
	} {
		if diff := cmp.Diff(c.want, Lacking(losses, c.given)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", what, diff)
		}
	}
}

func TestARunIsWholeWhenEverythingThatWasGivenIsThere(t *testing.T) {
	var r Run
	if !r.Whole() {
		t.Error("an empty one is not")
	}
	r.Seen.Add(1)
	r.Given = 2
	if r.Whole() {
		t.Error("one without its end is")
	}
	r.Seen.Add(2)
	r.Seen.Add(3)
	if !r.Whole() {
		t.Error("one with more than was given is not")
	}
}
