package telemetry

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWatermarkPassesOnlyOverWhatHasArrived(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s spans
		there := map[uint64]bool{}
		done := uint64(0)
		for range 60 {
			from := uint64(random.IntN(200)) + 1
			n := span{from, from + uint64(random.IntN(12)) - 1} // some are empty
			s = s.add(n)
			for seq := n.from; seq <= n.to; seq++ {
				there[seq] = true
			}
			done, s = s.advance(done)
			want := uint64(0)
			for there[want+1] {
				want++
			}
			if done != want {
				t.Fatalf("the watermark is %d, want %d of %v", done, want, s)
			}
			for seq := done + 1; seq < 220; seq++ {
				if s.holds(seq) != there[seq] {
					t.Fatalf("%d: %v, want %v in %v", seq, s.holds(seq), there[seq], s)
				}
			}
			for i := 1; i < len(s); i++ {
				if s[i].from <= s[i-1].to+1 {
					t.Fatalf("not apart: %v", s)
				}
			}
		}
	}
	if diff := cmp.Diff(spans(nil), spans(nil).add(span{5, 4}), cmp.AllowUnexported(span{})); diff != "" {
		t.Error(diff)
	}
}
