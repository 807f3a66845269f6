package trace

import "slices"

// maxStretches bounds a set: a call with that many holes has another problem, and a hostile one must not fill a memory.
const maxStretches = 4096

// Numbers is a set of the numbers of a call's events, kept as stretches without a hole: sorted pairs of first and last.
// A call that lost nothing takes one pair, however long it is. Copies are independent of each other.
type Numbers [][2]int

// Add takes a number into the set. Numbers below 1 are none; a number that would need one stretch too many is left out,
// which can only make a call look less complete than it is.
func (s *Numbers) Add(n int) {
	i, known := s.find(n)
	if !known {
		*s = slices.Clone(*s)
		s.insert(n, i)
	}
}

// find gives the place of a number: before which stretch it belongs, and whether nothing is to be done for it.
func (s *Numbers) find(n int) (at int, known bool) {
	r := *s
	i := len(r) // the first stretch that begins behind n
	if i > 0 && r[i-1][0] > n {
		i, _ = slices.BinarySearchFunc(r, n, func(x [2]int, n int) int {
			if x[0] <= n {
				return -1
			}
			return 1
		})
	}
	return i, n < 1 || i > 0 && n <= r[i-1][1]
}

// insert adds a number before stretch i, in place.
func (s *Numbers) insert(n, i int) {
	r := *s
	left, right := i > 0 && r[i-1][1] == n-1, i < len(r) && r[i][0]-1 == n
	switch {
	case left && right:
		r[i-1][1] = r[i][1]
		r = slices.Delete(r, i, i+1)
	case left:
		r[i-1][1] = n
	case right:
		r[i][0] = n
	case len(r) >= maxStretches:
		return
	default:
		r = slices.Insert(r, i, [2]int{n, n})
	}
	*s = r
}

// Count tells how many numbers up to a limit are in the set.
func (s Numbers) Count(limit int) int {
	count := 0
	for _, x := range s {
		if x[0] > limit {
			break
		}
		count += min(x[1], limit) - x[0] + 1
	}
	return count
}

// Max is the highest number, 0 of an empty set.
func (s Numbers) Max() int {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1][1]
}
