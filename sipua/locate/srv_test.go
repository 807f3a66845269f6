package locate

import (
	"math/rand/v2"
	"testing"
)

func TestServersAreDrawnByWeightWithinTheirPriority(t *testing.T) {
	records := []SRV{
		{Priority: 2, Weight: 100, Target: "last"},
		{Priority: 1, Weight: 60, Target: "often"},
		{Priority: 1, Weight: 30, Target: "sometimes"},
		{Priority: 1, Weight: 10, Target: "seldom"},
		{Priority: 1, Weight: 0, Target: "hardly"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	const runs = 10_000
	first := map[string]int{}
	for range runs {
		ordered := inOrder(records, random.IntN)
		if len(ordered) != len(records) || ordered[4].Target != "last" {
			t.Fatalf("%v", ordered)
		}
		first[ordered[0].Target]++
	}
	for target, share := range map[string]float64{"often": .6, "sometimes": .3, "seldom": .1, "hardly": .01} {
		if got := float64(first[target]) / runs; got < share-.03 || got > share+.03 {
			t.Errorf("%s is first in %.3f", target, got)
		}
	}
	if first["hardly"] == 0 {
		t.Error("a weight of 0 is never first")
	}
}

func TestRunningSumDecides(t *testing.T) {
	records := []SRV{{Weight: 10, Target: "a"}, {Weight: 0, Target: "z"}, {Weight: 20, Target: "b"}}
	for drawn, want := range map[int]string{0: "z", 1: "a", 10: "a", 11: "b", 30: "b"} {
		calls := 0
		chance := func(n int) int {
			calls++
			if calls == 1 {
				if n != 31 {
					t.Errorf("drawn from %d", n)
				}
				return drawn
			}
			return 0
		}
		if got := inOrder(records, chance)[0].Target; got != want {
			t.Errorf("%d: %s, want %s", drawn, got, want)
		}
	}
}
