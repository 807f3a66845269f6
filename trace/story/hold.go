package story

import (
	"slices"
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
	expired   int // it had lasted for too long

	offer   *exchange   // that asked for it
	tried   []*exchange // likewise, before that: refused for the moment, or by that method
	resume  *exchange   // that ended it
	retried []*exchange // likewise, before that
	also    bool        // the other side was still holding when it ended
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
			h = &hold{view: view, by: d.By, requested: -1, confirmed: -1, resumed: -1, expired: -1}
			open[d.By] = h
			r.holds = append(r.holds, h)
		}
		offer, passed := offers.before(i, d.By == trace.Local)
		switch l.Event.Kind {
		case trace.HoldRequested:
			h.requested = i
		case trace.HoldConfirmed:
			if h.confirmed < 0 {
				h.confirmed, h.offer, h.tried = i, offer, inVain(passed, offer)
			}
		case trace.HoldRefused:
			h.refused = append(h.refused, i)
			if h.confirmed < 0 {
				h.offer = offer
				delete(open, d.By)
			}
			offers.drop(d.By == trace.Local)
		case trace.HoldResumed:
			h.resumed, h.resume, h.retried = i, offer, inVain(passed, offer)
			delete(open, d.By)
			h.also = len(open) > 0
		case trace.HoldExpired:
			h.expired = i
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

// before finds the last offer before an event, and those that it has passed since it was asked last. Asked with growing indexes,
// it drops them.
func (o offers) before(i int, sent bool) (last *exchange, passed []*exchange) {
	list := o[sent]
	n := 0
	for len(list) > n+1 && list[n+1].request < i {
		n++
	}
	passed, list = list[:n], list[n:]
	o[sent] = list
	if len(list) == 0 || list[0].request > i {
		return nil, passed
	}
	return list[0], passed
}

// drop takes the last offer away that before has found: it was refused for good.
func (o offers) drop(sent bool) {
	if len(o[sent]) > 0 {
		o[sent] = o[sent][1:]
	}
}

// inVain are those of some offers that were refused and say what another one says that came after them.
func inVain(passed []*exchange, offer *exchange) []*exchange {
	var tried []*exchange
	for _, x := range passed {
		if offer != nil && x.status >= 300 && x.message.SDP == offer.message.SDP {
			tried = append(tried, x)
		}
	}
	return tried
}

// fatal tells whether the refusal of a hold, or of a resume, ended the call: the other side no longer knew it, or nobody
// answered (RFC 3261 section 12.2.1.2).
func (r *record) fatal(refused int) bool {
	d, _ := r.all[refused].Event.Data.(trace.Hold)
	if d.Status != 0 && d.Status != 408 && d.Status != 481 || d.GivenUp() {
		return false
	}
	return r.ending() == cutByNet && (r.at(refused)-r.endAt()).Abs() < hookWithin
}

// lost is the hold whose refusal ended the call, or the refusal of whose end did; nil when none is.
func (r *record) lost() *hold {
	for _, h := range r.holds {
		if slices.ContainsFunc(h.refused, r.fatal) {
			return h
		}
	}
	return nil
}

// span is the stretch during which a hold was in force; open when it still was at the end of the call.
func (r *record) span(h *hold) (from, to time.Duration, open bool) {
	from, to = r.at(h.confirmed), r.endAt()
	if h.resumed >= 0 {
		return from, r.at(h.resumed), false
	}
	return from, max(from, to), r.ended < 0
}
