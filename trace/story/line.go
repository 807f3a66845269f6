package story

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// line is how the line that a call went out over stood with its registrar when the call was placed. Indexes are into
// record.all; -1 is none.
type line struct {
	number     int
	registered int // the last time that it was
	lost       int // when it was no more, since then
	last       int // the last that was told of it
}

// lineOf reads how the line of a view's call stood, as far as that is known: not when two lines have the same address, and not
// when events are missing between the last word and the call.
func (r *record) lineOf(view int) (line, bool) {
	s := line{registered: -1, lost: -1, last: -1}
	begin := r.begins[view]
	if begin < 0 || !r.outgoing[view] {
		return s, false
	}
	account := r.account(view)
	for i, l := range r.all[:begin] {
		d, ok := l.Event.Data.(trace.Line)
		if !ok || l.View != view || !l.Own || d.AOR == "" || d.AOR != account || l.Event.Boot != r.all[begin].Event.Boot {
			continue
		}
		if s.last >= 0 && s.number != d.Line {
			return s, false
		}
		s.number, s.last = d.Line, i
		switch {
		case l.Event.Kind == trace.LineRegistered:
			s.registered, s.lost = i, -1
		case s.lost < 0 && d.Unbound(l.Event.Kind):
			s.lost = i
		}
	}
	return s, s.last >= 0 && !r.lossBetween(s.last, begin)
}

// lossBetween tells whether the device said that it lost events between two of them.
func (r *record) lossBetween(from, to int) bool {
	a, b := r.all[from].Event, r.all[to].Event
	for _, l := range r.all {
		if d, ok := l.Event.Data.(trace.Gap); ok && l.View == r.all[from].View && d.Boot == a.Boot && d.From < b.Seq && d.To > a.Seq {
			return true
		}
	}
	return false
}

// lineFound is what a finding says of a line at an event: since when, and what the registrar had answered.
func (r *record) lineFound(variant string, at int, evidence ...int) found {
	l := r.all[at]
	d, _ := l.Event.Data.(trace.Line)
	return found{
		variant: variant + when(l.Event.Kind == trace.LineFailed && d.Status > 0, ".status"), evidence: r.refs(evidence...),
		args: args(r.who(r.local(l.View)), phrase.With("line", phrase.User(d.AOR)), r.took("ago", r.since(at)),
			phrase.With("status", strconv.Itoa(d.Status)), phrase.With("meaning", Meaning(d.Status, r.lang))),
	}
}
