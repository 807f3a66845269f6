package ladder

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// What is worth folding: a block of rows that comes again and again, such as an OPTIONS and its answer.
const (
	longestBlock = 6 // rows of a block
	leastTimes   = 4 // that a block comes, in one go
)

// fold draws a block of rows that repeats itself once, and says how often it came again. What is told apart by anything but its
// time stays. Linear in the number of rows: each one is compared with the few before it.
func (b *builder) fold(rows []placed) []placed {
	var out []placed
	for i := 0; i < len(rows); {
		size, times := block(rows, i)
		if times < leastTimes {
			out = append(out, rows[i])
			i++
			continue
		}
		end := i + size*times
		out = append(out, rows[i:i+size]...)
		out = append(out, b.more(rows[i+size:end], times-1))
		i = end
	}
	return out
}

// block finds the shortest block that repeats itself from a row on, and how often it comes.
func block(rows []placed, from int) (size, times int) {
	for size = 1; size <= longestBlock && from+size*leastTimes <= len(rows); size++ {
		times = 1
		for end := from + size; end+size <= len(rows) && sameRows(rows[end-size:end], rows[end:end+size]); end += size {
			times++
		}
		if times >= leastTimes {
			return size, times
		}
	}
	return 1, 1
}

func sameRows(a, b []placed) bool {
	for i := range a {
		if !same(&a[i].row, &b[i].row) {
			return false
		}
	}
	return true
}

// same tells whether two rows say the same. Only messages and pills can: a band, a hole and a silence have a length.
func same(a, b *Row) bool {
	return (a.Kind == Arrow || a.Kind == Pill) && a.Kind == b.Kind && a.Tone == b.Tone && a.From == b.From && a.To == b.To &&
		a.Label == b.Label && a.Note == b.Note && a.Repeats == 0 && b.Repeats == 0 && a.Dashed == b.Dashed && a.Call == b.Call
}

// more stands for the rows that are not drawn.
func (b *builder) more(folded []placed, times int) placed {
	first, last := folded[0].row, folded[len(folded)-1]
	r := Row{
		ID: first.ID, Kind: More, Tone: first.Tone, At: first.At, OffsetUS: first.OffsetUS, Offset: first.Offset,
		From: first.From, To: first.To, Rows: len(folded), DeltaUS: trace.MicrosOf(last.end().Sub(first.At)),
	}
	for _, p := range folded {
		r.From, r.To = min(r.From, p.row.From, p.row.To), max(r.To, p.row.From, p.row.To)
		r.Evidence = append(r.Evidence, p.row.Evidence...)
	}
	r.Label = b.lang.Say("ladder.more", phrase.Count("n", times), phrase.With("until", b.lang.Offset(last.end().Sub(b.setting.StartAt))))
	return placed{row: r, order: folded[0].order, last: last.end()}
}
