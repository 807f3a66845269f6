package story

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// stillComing is how many packets, a second of sound, must arrive during a hold before it can be said that they kept coming:
// some are always on their way, and a keep-alive now and then is no sound (RFC 6263).
const stillComing = 50

// ruleHoldNotHonoured finds sound that kept coming although the session said that none should (RFC 3264 section 8.4): this side
// held the call, or neither side was to send.
var ruleHoldNotHonoured = rule{code: "hold-not-honoured", severity: Warning, find: func(r *record) []found {
	var out []found
	for _, q := range r.quiets() {
		from, to := r.media(q.from), r.media(q.to)
		came, took := to.Received-from.Received, r.at(q.to)-r.at(q.from)
		packet := from.PtimeUS.Duration()
		if packet <= 0 {
			packet = 20 * time.Millisecond // RFC 3551 section 4.2
		}
		if q.hold < 0 || came < stillComing || time.Duration(came)*packet < took/4 {
			continue
		}
		view := r.all[q.from].View
		who, other := r.local(view), r.remote(view)
		variant := ""
		if d, ok := r.all[q.hold].Event.Data.(trace.Hold); !ok || d.By == trace.Remote {
			variant = ".inactive"
		}
		out = append(out, found{
			variant: variant, evidence: r.refs(q.hold, q.from, q.to),
			args: args(r.who(who), phrase.With("other", other.Name), phrase.Count("n", came), phrase.With("packets", r.lang.Number(came)), r.took("took", took)),
		})
	}
	return out
}}

// quiet is a stretch between two accounts of a stream during which nothing should have arrived, and the hold or the suspension
// that asked for it; -1 for none.
type quiet struct{ from, to, hold int }

// quiets finds the stretches of every view whose end is known.
func (r *record) quiets() []quiet {
	last, hold := fill(len(r.views)), fill(len(r.views)) // by view: the last account, and what silenced the stream
	inForce := make([]holders, len(r.views))
	var out []quiet
	for i, l := range r.all {
		v := l.View
		switch l.Event.Kind {
		case trace.HoldConfirmed, trace.SuspendStarted:
			inForce[v][holderOf(l.Event)] = i + 1
			if hold[v] < 0 {
				hold[v] = i
			}
		case trace.HoldResumed, trace.SuspendResumed:
			inForce[v][holderOf(l.Event)] = 0
		case trace.MediaStarted, trace.MediaChanged, trace.MediaStopped:
			if from := last[v]; from >= 0 && silences(r.media(from).Direction) && !r.changedUnseen(from, i) {
				out = append(out, quiet{from: from, to: i, hold: hold[v]})
			}
			last[v], hold[v] = i, inForce[v].first()
		default:
		}
	}
	return out
}

// holders is what holds a call: this side, the other one, or a suspension. Each is the index of its event plus one, 0 for none.
type holders [3]int

func holderOf(e trace.Event) int {
	d, ok := e.Data.(trace.Hold)
	switch {
	case !ok:
		return 2
	case d.By == trace.Remote:
		return 1
	default:
		return 0
	}
}

// first is the event of the first of them, -1 for none.
func (h holders) first() int {
	for _, i := range h {
		if i > 0 {
			return i - 1
		}
	}
	return -1
}

// changedUnseen tells whether the stream may have changed between two accounts of it, without an event that says so: numbers
// are missing, or its end has another direction.
func (r *record) changedUnseen(from, to int) bool {
	a, b := r.all[from].Event, r.all[to].Event
	for _, g := range r.gaps {
		if g.view == r.all[from].View && a.N < g.From && g.To < b.N {
			return true
		}
	}
	return b.Kind == trace.MediaStopped && r.media(from).Direction != r.media(to).Direction
}

func silences(d trace.MediaDirection) bool { return d == trace.SendOnly || d == trace.Inactive }

// media is the account of a stream at an event, empty where it has none.
func (r *record) media(i int) trace.Media {
	m, _ := r.all[i].Event.Data.(trace.Media)
	return m
}
