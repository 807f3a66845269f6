package story

import (
	"time"

	"sidetone/trace"
)

// hold is one hold from the wish to the resume. Indexes are into record.all; -1 is none.
type hold struct {
	view      int
	by        trace.Side
	requested int
	confirmed int
	refused   []int // the hold was refused, or attempts to take the call back were
	resumed   int

	offer  *exchange // that asked for it
	resume *exchange // that ended it
	also   bool      // the other side was still holding when it ended
}

// holdView is the view that holds are told from: the first, or another when the first has none.
func (r *record) holdView() int {
	view := -1
	for _, l := range r.all {
		if _, ok := l.Event.Data.(trace.Hold); ok && (view < 0 || l.View < view) {
			view = l.View
		}
	}
	return view
}

func (r *record) readHolds() {
	view := r.holdView()
	open := map[trace.Side]*hold{}
	offers := newOffers(r.exchanges, view)
	for i, l := range r.all {
		d, ok := l.Event.Data.(trace.Hold)
		if !ok || l.View != view {
			continue
		}
		h := open[d.By]
		if h == nil {
			h = &hold{view: view, by: d.By, requested: -1, confirmed: -1, resumed: -1}
			open[d.By] = h
			r.holds = append(r.holds, h)
		}
		offer := offers.before(i, d.By == trace.Local)
		switch l.Event.Kind {
		case trace.HoldRequested:
			h.requested = i
		case trace.HoldConfirmed:
			if h.confirmed < 0 {
				h.confirmed, h.offer = i, offer
			}
		case trace.HoldRefused:
			h.refused = append(h.refused, i)
			if h.confirmed < 0 {
				h.offer = offer
				delete(open, d.By)
			}
		case trace.HoldResumed:
			h.resumed, h.resume = i, offer
			delete(open, d.By)
			h.also = len(open) > 0
		default: // only the hold.* kinds carry a Hold
		}
	}
}

// offers are the offers of one view in the middle of the call, by who made them, in order.
type offers map[bool][]*exchange

func newOffers(all []*exchange, view int) offers {
	o := offers{}
	for _, x := range all {
		if x.view == view && x.midCall() {
			o[x.sent] = append(o[x.sent], x)
		}
	}
	return o
}

// before finds the last offer before an event. Asked with growing indexes, it drops what it has passed.
func (o offers) before(i int, sent bool) *exchange {
	list := o[sent]
	for len(list) > 1 && list[1].request < i {
		list = list[1:]
	}
	o[sent] = list
	if len(list) == 0 || list[0].request > i {
		return nil
	}
	return list[0]
}

// span is the stretch during which a hold was in force; open when it still was at the end of the call.
func (r *record) span(h *hold) (from, to time.Duration, open bool) {
	from, to = r.at(h.confirmed), r.endAt()
	if h.resumed >= 0 {
		return from, r.at(h.resumed), false
	}
	return from, max(from, to), r.ended < 0
}
