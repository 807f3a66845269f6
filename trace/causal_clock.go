package trace

import "time"

// Alignment is the estimate of how a device's clock stands to that of the first view.
type Alignment struct {
	Known     bool          // messages, or two synchronised clocks, tell; else the starts of the call were laid on each other
	Ahead     time.Duration // how far the device's clock is ahead, negative when behind
	Uncertain time.Duration // the truth is no further away; 0 when no message went back and forth
	Pairs     int           // messages that the estimate is made from
}

// flight is what the messages between two views tell: the least time from the one to the other and back, each wrong by
// the difference of the clocks. As both ways add up to a true round trip, half their difference is the best guess
// (the reasoning of RFC 5905 section 8), and half the round trip bounds its error.
type flight struct {
	there, back   time.Duration
	thereN, backN int
}

func (f flight) estimate() Alignment {
	a := Alignment{Known: true, Pairs: f.thereN + f.backN}
	switch {
	case f.backN == 0:
		a.Ahead = f.there
	case f.thereN == 0:
		a.Ahead = -f.back
	default:
		a.Ahead, a.Uncertain = (f.there-f.back)/2, (f.there+f.back).Abs()/2
	}
	return a
}

// align estimates the clocks of all views from the messages that one sent and another received.
func align(views []View, nodes []Located, after []int) []Alignment {
	flights := fly(nodes, after)
	out := make([]Alignment, len(views))
	if len(views) == 0 {
		return out
	}
	out[0].Known = true
	reached := []int{0}
	for len(reached) > 0 { // a view may be tied to the first through a third
		from := reached[0]
		reached = reached[1:]
		for to := range views {
			f, tied := flights[[2]int{from, to}]
			if !tied || out[to].Known {
				continue
			}
			e := f.estimate()
			out[to] = Alignment{Known: true, Ahead: out[from].Ahead + e.Ahead, Uncertain: out[from].Uncertain + e.Uncertain, Pairs: e.Pairs}
			reached = append(reached, to)
		}
	}
	for v := range out {
		if !out[v].Known {
			out[v] = alignByStart(views, nodes, v)
		}
	}
	return out
}

// fly collects the flights, each in both directions so that either end can be the known one.
func fly(nodes []Located, after []int) map[[2]int]flight {
	flights := map[[2]int]flight{}
	for r, s := range after {
		if s < 0 {
			continue
		}
		from, to, took := nodes[s].View, nodes[r].View, nodes[r].At.Sub(nodes[s].At)
		f := flights[[2]int{from, to}]
		if f.thereN == 0 || took < f.there {
			f.there = took
		}
		f.thereN++
		flights[[2]int{from, to}] = f

		b := flights[[2]int{to, from}]
		if b.backN == 0 || took < b.back {
			b.back = took
		}
		b.backN++
		flights[[2]int{to, from}] = b
	}
	return flights
}

// alignByStart places a view that shares no message with the others: by its clock when both are synchronised, else so
// that the call starts at the same moment.
func alignByStart(views []View, nodes []Located, v int) Alignment {
	first, ok := startOf(nodes, 0)
	own, okOwn := startOf(nodes, v)
	if !ok || !okOwn || (first.Event.Clock == ClockSynced && own.Event.Clock == ClockSynced) {
		return Alignment{Known: ok && okOwn}
	}
	return Alignment{Ahead: own.At.Sub(first.At)}
}

func startOf(nodes []Located, view int) (Located, bool) {
	var first Located
	found := false
	for _, n := range nodes {
		if n.View != view || n.Own {
			continue
		}
		if n.Event.Kind == CallInitiated {
			return n, true
		}
		if !found {
			first, found = n, true
		}
	}
	return first, found
}
