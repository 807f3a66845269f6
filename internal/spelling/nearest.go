// Package spelling finds what a mistyped word was meant to be.
package spelling

import "strings"

// Nearest gives the name that a word was probably meant to be: the one that is reached by the fewest changes, as long as two thirds
// of what was written are right, else one that the word begins; "" when there is none.
func Nearest(word string, names []string) string {
	word = strings.ToLower(word)
	best, least := "", max(len(word)/3, 1)
	for _, name := range names {
		if d := distance(word, name); d <= least && (best == "" || d < distance(word, best)) {
			best = name
		}
	}
	for _, name := range names {
		if best == "" && len(word) >= 3 && strings.HasPrefix(name, word) {
			best = name
		}
	}
	return best
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
