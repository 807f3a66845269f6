package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// slowSetup is the post-selection delay that 95 of 100 long-distance ("toll") connections stay below at normal load (ITU-T E.721
// table 1; RFC 6076 section 4.3 measures the same in SIP).
const slowSetup = 8 * time.Second

// ruleSlowSetup finds a call that took long until the other side rang or reported progress, and says where most of it went.
var ruleSlowSetup = rule{code: "slow-setup", severity: Warning, find: func(r *record) []found {
	x := r.opening()
	if x == nil || x.reply < 0 || r.initiated < 0 {
		return nil
	}
	news := r.firstNews(x)
	if news < 0 || r.at(news)-r.at(r.initiated) < slowSetup {
		return nil
	}
	longest := r.longestWait(x, news)
	return []found{{
		variant: longest.variant, evidence: r.refs(longest.from, longest.to, news),
		args: args(r.who(r.local(0)), phrase.With("address", phrase.Clean(x.message.Remote)),
			r.took("total", r.at(news)-r.at(r.initiated)), r.took("part", r.at(longest.to)-r.at(longest.from))),
	}}
}}

// firstNews is the first response that says more than 100, in the view of the opening INVITE. A call that is refused or answered
// before any is not said to be slow: a person may have taken the time.
func (r *record) firstNews(x *exchange) int {
	for i := x.request; i < len(r.all) && (x.final < 0 || i < x.final); i++ {
		if m, ok := r.all[i].Event.Data.(trace.SIP); ok && r.all[i].View == x.view && m.Method == "INVITE" && m.Status > 100 && m.Status < 199 && m.CSeq == x.message.CSeq {
			return i
		}
	}
	return -1
}

// wait is a part of the set-up, between two events.
type wait struct {
	_        [0]func() // not to be compared, so no code is made for it
	variant  string
	from, to int
}

// longestWait takes the set-up apart: before the first INVITE, attempts before the one that went through, until the next server
// answered at all, beyond it, and on the called device where that is a view.
func (r *record) longestWait(x *exchange, news int) wait {
	if !x.sent {
		return wait{variant: ".device", from: x.request, to: news}
	}
	earliest := x.request
	for _, other := range r.exchanges {
		if other.view == x.view && other.sent && other.message.Method == "INVITE" && !other.message.InDialog() {
			earliest = min(earliest, other.request)
		}
	}
	waits := []wait{{variant: ".here", from: r.initiated, to: earliest}, {variant: ".before", from: earliest, to: x.request}, {variant: ".next", from: x.request, to: x.reply}}
	if arrived, rang := r.onCalledDevice(x.reply); rang >= 0 {
		waits = append(waits, wait{variant: "", from: x.reply, to: max(arrived, x.reply)}, wait{variant: ".device", from: arrived, to: rang}, wait{variant: "", from: rang, to: news})
	} else {
		waits = append(waits, wait{variant: "", from: x.reply, to: news})
	}
	longest := waits[0]
	for _, w := range waits[1:] {
		if r.at(w.to)-r.at(w.from) > r.at(longest.to)-r.at(longest.from) {
			longest = w
		}
	}
	return longest
}

// onCalledDevice is when the INVITE reached the called device, and when that said that it rings; -1 where it is no view.
func (r *record) onCalledDevice(from int) (arrived, rang int) {
	for _, x := range r.exchanges {
		if !x.sent && !r.outgoing[x.view] && x.message.Method == "INVITE" && !x.message.InDialog() {
			return x.request, r.firstNews(x)
		}
	}
	return from, -1
}
