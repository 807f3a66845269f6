package locate

import (
	"slices"
	"sort"
)

// inOrder puts servers into the order in which they are tried: by priority, and within one at random by weight (RFC
// 2782, "The format of the SRV RR").
func inOrder(records []SRV, chance func(n int) int) []SRV {
	rest := slices.Clone(records)
	// A weight of 0 comes first, so that it keeps a very small chance.
	sort.SliceStable(rest, func(i, j int) bool {
		a, b := rest[i], rest[j]
		if a.Priority != b.Priority {
			return a.Priority < b.Priority
		}
		return min(a.Weight, 1) < min(b.Weight, 1)
	})
	ordered := make([]SRV, 0, len(rest))
	for len(rest) > 0 {
		i := draw(rest, chance)
		ordered = append(ordered, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	return ordered
}

// draw picks one of the servers that share the first priority: the first whose running sum of weights is at least a
// number drawn from 0 to the whole sum.
func draw(rest []SRV, chance func(n int) int) int {
	sum := 0
	for _, r := range rest {
		if r.Priority == rest[0].Priority {
			sum += int(r.Weight)
		}
	}
	drawn, running := chance(sum+1), 0
	for i, r := range rest {
		if running += int(r.Weight); running >= drawn {
			return i
		}
	}
	return 0
}
