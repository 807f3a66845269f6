package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// What a network does to speech. A MOS below mosFair says that many are dissatisfied (ITU-T G.107 annex B).
const (
	lossPoor   = 0.03                  // part of the packets, where no MOS is known, and in a stretch (ITU-T G.1010 table I.1)
	jitterPoor = 50 * time.Millisecond // ITU-T Y.1541 table 1, classes 0 and 1
	jitterTold = 20 * time.Millisecond // a packet's time of sound: less is hardly worth a word
	lossHeard  = 25                    // packets, half a second of sound: fewer in a stretch prove nothing
)

// rulePoorNetwork finds a direction in which the network lost, delayed or shook the packets more than speech takes, and when.
var rulePoorNetwork = rule{code: "poor-network", severity: Warning, find: func(r *record) []found {
	var out []found
	for _, caller := range []bool{true, false} {
		m := r.measured(caller)
		f, poor := r.judge(m)
		if !poor {
			continue
		}
		who, other := r.callee, r.caller
		if caller {
			who, other = other, who
		}
		f.args = append(f.args, r.who(who), phrase.With("other", other.Name))
		out = append(out, f)
	}
	return out
}}

// measure is one account of what had reached an end by then.
type measure struct {
	index int
	side  trace.QualitySide
}

// missing is what was not heard: lost, or too late to be played.
func (m measure) missing() int { return m.side.Lost + m.side.Discarded }

func (m measure) expected() int { return m.side.Packets + m.side.Lost }

// measured lists what was told of the sound that reached a party, by its own device, else by what it reported to the other one.
func (r *record) measured(caller bool) []measure {
	view, remote := -1, false
	for v := range r.views {
		q, ok := r.qualityOf(v)
		switch {
		case !ok:
		case r.outgoing[v] == caller && (view < 0 || remote):
			view, remote = v, false
		case r.outgoing[v] != caller && view < 0 && q.Remote != nil:
			view, remote = v, true
		}
	}
	var out []measure
	for i, l := range r.all {
		q, ok := l.Event.Data.(trace.Quality)
		switch {
		case !ok || l.View != view:
		case !remote:
			out = append(out, measure{i, q.Local})
		case q.Remote != nil:
			out = append(out, measure{i, *q.Remote})
		}
	}
	return out
}

// judge tells whether the network was poor, and when: on the whole, all along, or in one stretch or several.
func (r *record) judge(all []measure) (found, bool) {
	if len(all) == 0 {
		return found{}, false
	}
	last := all[len(all)-1]
	loss := part(last.missing(), last.expected())
	poor := last.side.JitterUS.Duration() >= jitterPoor
	if last.side.MOS != nil {
		poor = poor || *last.side.MOS < mosFair
	} else {
		poor = poor || loss >= lossPoor && last.missing() >= lossHeard
	}
	whole := found{evidence: r.refs(last.index), args: args(phrase.With("how", r.how(last, last.side.MOS)))}
	bad := badStretches(all)
	switch {
	case len(all) == 1 || len(bad) == 0:
		return whole, poor
	case len(bad) == 1 && bad[0][1]-bad[0][0] == len(all):
		whole.variant = ".throughout"
		return whole, true
	case len(bad) == 1:
		if f, ok := r.inStretch(all, bad[0]); ok {
			return f, true
		}
	}
	f := found{variant: ".stretches"}
	var sum measure
	for _, b := range bad {
		d := between(all, b)
		sum.side.Packets, sum.side.Lost, sum.side.Discarded = sum.side.Packets+d.side.Packets, sum.side.Lost+d.side.Lost, sum.side.Discarded+d.side.Discarded
		f.evidence = append(f.evidence, r.refs(all[b[1]-1].index)...)
	}
	f.args = args(phrase.Count("n", len(bad)), phrase.With("how", r.how(sum, nil)))
	return f, true
}

// badStretches finds the longest runs of intervals, [from, to) of the measures that end them, each of which lost too much.
func badStretches(all []measure) [][2]int {
	var bad [][2]int
	for i := range all {
		d := between(all, [2]int{i, i + 1})
		if d.missing() < lossHeard || part(d.missing(), d.expected()) < lossPoor {
			continue
		}
		if n := len(bad); n > 0 && bad[n-1][1] == i {
			bad[n-1][1] = i + 1
		} else {
			bad = append(bad, [2]int{i, i + 1})
		}
	}
	return bad
}

// between is what the counters grew by in a stretch. They count from the beginning on.
func between(all []measure, b [2]int) measure {
	m := all[b[1]-1]
	if b[0] > 0 {
		before := all[b[0]-1].side
		m.side.Packets, m.side.Lost, m.side.Discarded = m.side.Packets-before.Packets, m.side.Lost-before.Lost, m.side.Discarded-before.Discarded
	}
	m.side.JitterUS = 0 // is no counter
	return m
}

func part(n, of int) float64 {
	if n <= 0 || of <= 0 {
		return 0
	}
	return min(1, float64(n)/float64(of))
}

// inStretch tells of one stretch: from the measure before it, or the beginning of the sound, to the one at its end; not when the
// trace begins in the middle of it.
func (r *record) inStretch(all []measure, b [2]int) (found, bool) {
	end := all[b[1]-1].index
	evidence, from := []int{end}, time.Duration(0)
	if b[0] > 0 {
		evidence, from = []int{all[b[0]-1].index, end}, r.at(all[b[0]-1].index)
	} else if r.answered >= 0 {
		from = r.at(r.answered)
	}
	if to := r.at(end); from < 0 || to <= from {
		return found{}, false
	}
	return found{
		variant: ".stretch", evidence: r.refs(evidence...),
		args: args(phrase.With("how", r.how(between(all, b), nil)), phrase.With("from", r.lang.Offset(from)), phrase.With("to", r.lang.Offset(r.at(end)))),
	}, true
}

// how puts the figures that are bad, or that explain the others, one after the other.
func (r *record) how(m measure, mos *float64) string {
	var parts []string
	share := func(key string, n int) {
		if n > 0 {
			parts = append(parts, r.say(key, phrase.With("part", r.lang.Percent(part(n, m.expected())))))
		}
	}
	share("network.lost", m.side.Lost)
	share("network.late", m.side.Discarded)
	if j := m.side.JitterUS.Duration(); j >= jitterTold {
		parts = append(parts, r.say("network.jitter", r.took("jitter", j)))
	}
	if mos != nil {
		parts = append(parts, r.say("network.mos", phrase.With("mos", r.lang.Decimal(*mos, 1))))
	}
	return list(parts...)
}
