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
	b.layPills()
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

	inDialog map[transaction]bool // the request was sent inside a dialog
	whole    map[int]bool         // by lane: its device has told its whole part; nil until asked
	placed   []placed
}

// placed is a row and where it belongs: behind the event at an index, and before or after what else is there.
type placed struct {
	row        Row
	order, sub int
}

func (b *builder) place(order, sub int, r Row) {
	b.placed = append(b.placed, placed{row: r, order: order, sub: sub})
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
	var rows []Row
	var last *Row       // the last message
	var heard time.Time // until when a band runs
	for i := range b.placed {
		r := b.placed[i].row
		if r.Kind == Band {
			heard = r.At.Add(r.DeltaUS.Duration())
		}
		if r.Kind == Arrow {
			if last != nil {
				b.notBefore(&r, last.At)
				waited := r.At.Sub(last.At)
				if waited >= quietAfter && last.At.After(heard) && r.Repeats == 0 {
					rows = append(rows, b.quiet(*last, r, waited))
				}
				b.delta(&r, last.At)
			}
			last = &b.placed[i].row
			last.At = r.At
		}
		rows = append(rows, r)
	}
	return rows
}

// stampSlack is how far the times of two messages may contradict their order: a device stamps what it receives when the
// kernel has it and what it sends when the call returns, and two clocks are never quite the same.
const stampSlack = 50 * time.Millisecond

// notBefore moves a message that seems to come just before the one that it follows.
func (b *builder) notBefore(r *Row, before time.Time) {
	if early := before.Sub(r.At); early > 0 && early <= stampSlack {
		b.set(r, before.Sub(b.setting.StartAt))
	}
}

// delta is the time since the message before; for a response it is what people look for, for a request it is only how
// long somebody waited.
func (b *builder) delta(r *Row, before time.Time) {
	if r.Delta != "" || r.Tone == Request || r.Tone == Holding {
		return
	}
	d := max(r.At.Sub(before), time.Microsecond) // "< 1 ms": nothing takes no time
	r.DeltaUS, r.Delta = trace.MicrosOf(d), b.lang.Measured(d)
}

func (b *builder) quiet(before, after Row, waited time.Duration) Row {
	q := Row{Kind: Quiet, Tone: Missing, ID: "quiet." + after.ID, From: before.From, To: before.To}
	q.At, q.OffsetUS, q.Offset = before.At, before.OffsetUS, ""
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
