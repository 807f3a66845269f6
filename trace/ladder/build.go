package ladder

import (
	"sort"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// Build lays out the call that the views saw.
func Build(views []trace.View, lang phrase.Lang) Ladder {
	if len(views) == 0 {
		views = []trace.View{{}}
	}
	all := trace.Merge(views)
	b := &builder{lang: lang, views: views, all: all, setting: story.SettingOf(views, all, lang)}
	b.layLanes()
	b.layMessages()
	b.readExpired()
	b.layPills()
	b.layKeys()
	b.layBands()
	b.layHoles()
	return Ladder{
		Lang: lang, StartAt: b.setting.StartAt, Lanes: b.lanes, Rows: b.finish(),
		Title: lang.Say("ladder.title", phrase.With("caller", b.setting.Caller.Name), phrase.With("callee", b.setting.Callee.Name)),
	}
}

// builder gathers the rows of a ladder.
type builder struct {
	lang    phrase.Lang
	views   []trace.View
	all     []trace.Located
	setting story.Setting

	lanes   []Lane
	own     []int            // by view: the lane of its device
	address []map[string]int // by view: the lanes of the addresses it talks to
	hosts   []map[string]int // by view: the lanes of their hosts

	inDialog map[transaction]bool // the request was sent inside a dialog
	holding  map[int]bool         // by event: an offer that asks for a hold, or ends one
	expired  []bool               // by view: a timer ran out that has a pill of its own
	forks    []map[string]int     // by view: the tags of those who answered, numbered
	mixed    []bool               // by view: its messages crossed by more than one transport
	whole    map[int]bool         // by lane: its device has told its whole part; nil until asked
	placed   []placed
}

// placed is a row and where it belongs: behind the event at an index, and before or after what else is there.
type placed struct {
	row        Row
	order, sub int
	last       time.Time // of folded messages: the last one, zero for none
	until      time.Time // of a band: when it is over, zero while it lasts
	ends       bool      // of a band: nothing can be heard after it
	early      bool      // of a band: nobody has answered yet
}

func (b *builder) place(order, sub int, r Row) *placed {
	b.placed = append(b.placed, placed{row: r, order: order, sub: sub})
	return &b.placed[len(b.placed)-1]
}

// at is when an event happened, since the start of the call.
func (b *builder) at(i int) time.Duration { return b.all[i].At.Sub(b.setting.StartAt) }

// row makes a row that stands for events, at the time of the first one.
func (b *builder) row(kind RowKind, tone Tone, from, to int, evidence ...int) Row {
	first := evidence[0]
	r := Row{Kind: kind, Tone: tone, From: from, To: to, ID: b.all[first].Ref.ID()}
	b.set(&r, b.at(first))
	for _, i := range evidence {
		r.Evidence = append(r.Evidence, b.all[i].Ref)
	}
	return r
}

func (b *builder) set(r *Row, at time.Duration) {
	r.At, r.OffsetUS, r.Offset = b.setting.StartAt.Add(at), trace.MicrosOf(at), b.lang.Offset(at)
}

// quietAfter is how long nothing must happen for the silence to be drawn, collapsed, as a row of its own.
const quietAfter = 8 * time.Second

// finish puts the rows in order and fills in what depends on their neighbours.
func (b *builder) finish() []Row {
	sort.SliceStable(b.placed, func(i, j int) bool {
		x, y := &b.placed[i], &b.placed[j]
		return x.order < y.order || x.order == y.order && x.sub < y.sub
	})
	var rows []placed
	var last *Row       // the last message
	var before *placed  // the last row that has a time
	var heard time.Time // until when a band runs
	for i := range b.placed {
		p := &b.placed[i]
		r := &p.row
		switch {
		case r.Kind == Band && p.early:
		case r.Kind == Band && p.until.IsZero():
			heard = r.At.Add(forever)
		case r.Kind == Band:
			heard = p.until
		case r.Kind == Arrow:
			b.notBefore(r, last)
		}
		if r.Kind == Arrow || r.Kind == Pill {
			if before != nil && r.Repeats == 0 && before.end().After(heard) {
				if waited := r.At.Sub(before.end()); waited >= quietAfter {
					rows = append(rows, placed{row: b.quiet(before, *r, waited)})
				}
			}
			before = p
		}
		if r.Kind == Arrow {
			b.delta(r, last)
			last = r
		}
		rows = append(rows, *p)
	}
	return runAlong(b.fold(rows))
}

// forever is longer than any call.
const forever = 1e6 * time.Hour

// end is when the last thing that a row stands for happened.
func (p *placed) end() time.Time {
	if p.last.After(p.row.At) {
		return p.last
	}
	return p.row.At
}

// runAlong counts the rows that each band runs along: to the next band, or to the end of the call.
func runAlong(rows []placed) []Row {
	out := make([]Row, len(rows))
	band := -1
	for i, p := range rows {
		out[i] = p.row
		switch {
		case p.row.Kind == Band:
			band = i
		case band < 0:
		case rows[band].ends && !p.row.At.Before(rows[band].until):
			band = -1
		}
		if band >= 0 {
			out[band].Rows = i - band + 1
		}
	}
	return out
}

// stampSlack is how far the times of two messages may contradict their order: a device stamps what it receives when the
// kernel has it and what it sends when the call returns, and two clocks are never quite the same.
const stampSlack = 50 * time.Millisecond

// notBefore moves a message that seems to come just before the one that it follows.
func (b *builder) notBefore(r, before *Row) {
	at := b.setting.StartAt // what a call begins with is received a moment before the program knows of a call
	if before != nil {
		at = before.At
	}
	if early := at.Sub(r.At); early > 0 && early <= stampSlack {
		b.set(r, at.Sub(b.setting.StartAt))
	}
}

// delta is the time since the message before; for a response it is what people look for, for a request it is only how
// long somebody waited.
func (b *builder) delta(r, before *Row) {
	if before == nil || r.Delta != "" || (r.Tone != Provisional && r.Tone != Success && r.Tone != Failure) {
		return
	}
	d := max(r.At.Sub(before.At), time.Microsecond) // "< 1 ms": nothing takes no time
	r.DeltaUS, r.Delta = trace.MicrosOf(d), b.lang.Measured(d)
}

func (b *builder) quiet(before *placed, after Row, waited time.Duration) Row {
	q := Row{Kind: Quiet, Tone: Missing, ID: "quiet." + after.ID, From: before.row.From, To: before.row.To}
	b.set(&q, before.end().Sub(b.setting.StartAt))
	q.Offset = ""
	if q.From == q.To { // behind a pill: across the message that follows, or the whole drawing
		q.From, q.To = after.From, after.To
	}
	if q.From == q.To {
		q.From, q.To = 0, len(b.lanes)-1
	}
	q.DeltaUS = trace.MicrosOf(waited)
	q.Label = b.lang.Say("ladder.quiet", phrase.With("took", b.lang.Duration(waited)))
	q.From, q.To = min(q.From, q.To), max(q.From, q.To)
	return q
}

// layHoles draws where events are missing, on the lane of the device that lost them.
func (b *builder) layHoles() {
	indexes := make([][]int, len(b.views))
	for i, l := range b.all {
		if !l.Own {
			indexes[l.View] = append(indexes[l.View], i)
		}
	}
	for v, view := range b.views {
		for _, h := range trace.Holes(view.Events) {
			behind, sub := h.After, -1
			if behind >= len(indexes[v]) {
				behind, sub = len(indexes[v])-1, 1
			}
			r := b.row(Hole, Missing, b.own[v], b.own[v], indexes[v][behind])
			r.ID = "hole." + r.ID
			r.Label = b.lang.Say("ladder.hole", phrase.Count("n", h.Count()))
			b.place(indexes[v][behind], sub, r)
		}
	}
}
