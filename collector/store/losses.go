package store

import (
	"cmp"
	"slices"

	"sidetone/trace"
)

// NotReceived is the reason of a loss that the device itself has not explained.
const NotReceived = "not received"

// Losses merges what is missing with what the device said about it. runs holds, for each boot with holes or reports,
// what came in; reported are the device's agent.gap events. A reported gap all of whose events came in after all is no
// loss; what no report covers is listed with the reason NotReceived; of reports that contain each other the widest
// counts. Of a boot that is not in runs, nothing ever came
// in but the report.
func Losses(runs map[trace.Boot]*Run, reported []trace.Gap) []trace.Gap {
	var out []trace.Gap
	explained := map[trace.Boot][]Range{}
	for _, g := range reported {
		r := Range{g.From, g.To}
		if r.First == 0 && r.Last == 0 && g.Count > 0 { // only their number is known
			out = append(out, g)
		}
		if r.First == 0 || r.Last < r.First {
			continue
		}
		explained[g.Boot] = append(explained[g.Boot], r)
		if s := runs[g.Boot]; s == nil || !s.Seen.Covers(r) {
			out = append(out, g)
		}
	}
	for boot, s := range runs {
		for _, r := range subtract(s.Holes(), explained[boot]) {
			out = append(out, trace.Gap{From: r.First, To: r.Last, Boot: boot, Reason: NotReceived, Count: r.Len()})
		}
	}
	slices.SortFunc(out, func(a, b trace.Gap) int {
		return cmp.Or(cmp.Compare(a.Boot, b.Boot), cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To))
	})
	return widest(out)
}

// widest leaves out what a wider loss contains: a device tells a loss again when it grows. The losses are sorted by
// boot, begin, and end, the latest first.
func widest(sorted []trace.Gap) []trace.Gap {
	var boot trace.Boot
	var reach uint64
	return slices.DeleteFunc(sorted, func(g trace.Gap) bool {
		if g.Boot != boot {
			boot, reach = g.Boot, 0
		}
		if g.From > 0 && g.To <= reach {
			return true
		}
		reach = max(reach, g.To)
		return false
	})
}

// subtract returns what of a is in none of b.
func subtract(a, b []Range) []Range {
	for _, cut := range b {
		var rest []Range
		for _, r := range a {
			if cut.Last < r.First || r.Last < cut.First {
				rest = append(rest, r)
				continue
			}
			if r.First < cut.First {
				rest = append(rest, Range{r.First, cut.First - 1})
			}
			if cut.Last < r.Last {
				rest = append(rest, Range{cut.Last + 1, r.Last})
			}
		}
		a = rest
	}
	return a
}
