package config

import (
	"fmt"
	"strings"
)

// didYouMean is `, did you mean "x"?` when one of the names is near enough to s or begins with it, else "".
func didYouMean(s string, names []string) string {
	s = strings.ToLower(s)
	best, least := "", max(len(s)/3, 1) // two thirds of what was written are right
	for _, name := range names {
		if d := distance(s, name); d <= least && (best == "" || d < distance(s, best)) {
			best = name
		}
	}
	for _, name := range names {
		if best == "" && len(s) >= 3 && strings.HasPrefix(name, s) {
			best = name
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is how many letters have to be changed, added, removed or swapped with their neighbour to make b out of a
// (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
