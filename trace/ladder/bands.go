package ladder

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// turn is a moment at which the sound of the call changed: early sound, the answer, a hold, a suspension, a resume, the end.
type turn struct {
	_     [0]func() // not to be compared, so no code is made for it
	index int       // into builder.all
	at    time.Duration
	early bool // nobody has answered yet
	over  bool
	hush
}

// hush is why a conversation rests.
type hush struct {
	local, remote bool // who holds, seen from the view that tells of the conversation
	away          int  // the view whose terminal is away, plus one
}

// shortest is the length of a band of early sound below which it is not worth a row.
const shortest = 20 * time.Millisecond

// layBands draws what could be heard between the messages: early sound, the conversation and the holds, each with its length.
func (b *builder) layBands() {
	view, turns := b.turns()
	streams, deaf := b.streams(view, turns), b.deaf()
	for i, t := range turns {
		if t.over {
			continue
		}
		var took time.Duration
		open := i == len(turns)-1
		if !open {
			took = turns[i+1].at - t.at
		}
		if t.early && !open && took < shortest {
			continue
		}
		r := b.row(Band, Media, min(b.own[view], b.opposite(view)), max(b.own[view], b.opposite(view)), t.index)
		r.ID = "band." + r.ID
		switch {
		case t.early:
			key := "ladder.media.early"
			if !open && turns[i+1].over {
				key = "ladder.media.unanswered"
			}
			r.Label = b.lang.Say(key, phrase.With("codec", story.Codec(streams[i].Codec)))
		case t.hush != hush{}:
			r.Tone, r.Label = Holding, b.resting(view, t.hush)
		default:
			r.Label, r.Note = b.heard(t, streams[i].Media, deaf), b.mos(streams[i].quality)
		}
		var until time.Time
		ends := false
		if !open {
			until = b.setting.StartAt.Add(turns[i+1].at)
			ends = turns[i+1].over
			r.DeltaUS = trace.MicrosOf(took)
			r.Label = together(r.Label, b.lang.Measured(took))
		}
		order := t.index
		if !t.early {
			order = b.settled(view, t.index)
		}
		p := b.place(order, 1, r)
		p.until, p.ends, p.early = until, ends, t.early
	}
}

// turns follows the sound in the first view that knows of an answer, else in the first that heard something before one.
func (b *builder) turns() (view int, turns []turn) {
	view = b.telling()
	answered, alerted := false, false
	var now hush
	for i, l := range b.all {
		switch d := l.Event.Data.(type) {
		case trace.Suspend:
			now.suspend(l)
		case trace.Hold:
			if l.View == view {
				now.hold(l.Event.Kind, d.By, view)
			}
		}
		last := len(turns) - 1
		switch d := l.Event.Data.(type) {
		case trace.Suspend, trace.Hold:
			if answered && turns[last].hush != now {
				turns = append(turns, turn{index: i, at: b.at(i), hush: now})
			}
			continue
		case trace.Alerting:
			alerted = alerted || (d.EarlyMedia && l.View == view)
		case trace.Answered:
			if l.View == view && !answered {
				answered = true
				turns = append(turns, turn{index: i, at: b.at(i), hush: now})
			}
		case trace.Ended:
			if l.View == view && len(turns) > 0 {
				return view, append(turns, turn{index: i, at: max(b.begun(view)+d.TotalUS.Duration(), turns[last].at), over: true})
			}
		}
		if _, sound := l.Event.Data.(trace.Media); l.View == view && alerted && len(turns) == 0 && (sound || b.sounding(view, i)) {
			turns = append(turns, turn{index: i, at: b.at(i), early: true})
		}
	}
	return view, turns
}

// telling is the view that the sound is told from.
func (b *builder) telling() int {
	answer, early := -1, -1
	for _, l := range b.all {
		switch d := l.Event.Data.(type) {
		case trace.Answered:
			if answer < 0 || l.View < answer {
				answer = l.View
			}
		case trace.Alerting:
			if d.EarlyMedia && (early < 0 || l.View < early) {
				early = l.View
			}
		}
	}
	if answer >= 0 {
		return answer
	}
	return max(early, 0)
}

// sounding tells of an alert with sound whose stream had begun just before it was noted.
func (b *builder) sounding(view, i int) bool {
	if _, alert := b.all[i].Event.Data.(trace.Alerting); !alert {
		return false
	}
	for j := i - 1; j >= 0 && b.all[j].Event.Kind != trace.CallInitiated; j-- {
		if b.all[j].View == view && b.all[j].Event.Kind == trace.MediaStarted {
			return true
		}
	}
	return false
}

// suspend follows a terminal that goes away or comes back.
func (h *hush) suspend(l trace.Located) {
	switch {
	case l.Event.Kind == trace.SuspendStarted && h.away == 0:
		h.away = l.View + 1
	case l.Event.Kind == trace.SuspendResumed && h.away == l.View+1: // when its time is over, the call is
		h.away = 0
	}
}

// hold follows who holds. While a terminal is away, the hold of its side is how the other side sees that.
func (h *hush) hold(kind trace.Kind, by trace.Side, view int) {
	side := &h.remote
	if by == trace.Local {
		side = &h.local
	}
	mirrored := h.away != 0 && (by == trace.Local) == (h.away == view+1)
	if kind == trace.HoldResumed || (kind == trace.HoldConfirmed && !mirrored) {
		*side = kind == trace.HoldConfirmed
	}
}

func (b *builder) begun(view int) time.Duration {
	for i, l := range b.all {
		if l.View == view && l.Event.Kind == trace.CallInitiated {
			return b.at(i)
		}
	}
	return 0
}

// settleWithin is how long after a change its ACK may still come for the band to stand behind it.
const settleWithin = 2 * time.Second

// settled is the last event of the exchange that caused a change: its ACK at both ends, else the change itself. A terminal that
// went away or came back offers so after that.
func (b *builder) settled(view, index int) int {
	_, offers := b.all[index].Event.Data.(trace.Suspend)
	last := index
	for i := index + 1; i < len(b.all) && b.at(i)-b.at(index) <= settleWithin; i++ {
		m, ok := b.all[i].Event.Data.(trace.SIP)
		switch {
		case !ok:
			if _, other := b.all[i].Event.Data.(trace.Suspend); other {
				return last
			}
		case m.Method == "ACK":
			last = max(last, i, b.all[i].Pair)
			offers = false
		case last > index && !offers: // the exchange is over
			return last
		case b.all[i].View != view && b.all[i].Pair < 0:
		case m.IsRequest() && !offers:
			return last
		case !m.IsRequest() && m.Method == "UPDATE" && m.Status >= 200:
			last, offers = max(last, i, b.all[i].Pair), false
		}
	}
	return last
}

// stream is what is known of the sound in a turn: its last event, and the last report of its quality.
type stream struct {
	_ [0]func() // not to be compared, so no code is made for it
	trace.Media
	quality *trace.Quality
}

// streams tells, for each turn, what is known of the sound before the next turn; a codec stays until another is known.
func (b *builder) streams(view int, turns []turn) []stream {
	out := make([]stream, len(turns))
	var last stream
	i := 0
	for t := range turns {
		next := len(b.all)
		if t+1 < len(turns) && !turns[t+1].over {
			next = turns[t+1].index
		}
		last.quality = nil
		if turns[t].over { // what comes after the end is about what was before it
			next = i
		}
		for ; i < next; i++ {
			l := b.all[i]
			if l.View != view {
				continue
			}
			switch d := l.Event.Data.(type) {
			case trace.Media:
				if l.Event.Kind != trace.MediaStopped {
					last.Media = d
				}
			case trace.Quality:
				last.quality = &d
			}
		}
		out[t] = last
	}
	return out
}

// mos is the listening quality at both ends, the device's own first, "" when it is not known.
func (b *builder) mos(q *trace.Quality) string {
	if q == nil || q.Local.MOS == nil {
		return ""
	}
	ends := b.lang.Decimal(*q.Local.MOS, 1)
	if q.Remote != nil && q.Remote.MOS != nil {
		ends += "\u00a0/\u00a0" + b.lang.Decimal(*q.Remote.MOS, 1)
	}
	return b.lang.Say("ladder.media.mos", phrase.With("ends", ends))
}

// heard is the codec and which way the sound goes.
func (b *builder) heard(t turn, m trace.Media, deaf string) string {
	codec := m.Codec
	if a, ok := b.all[t.index].Event.Data.(trace.Answered); ok && codec == "" {
		codec = a.Codec
	}
	with := phrase.With("codec", story.Codec(codec))
	if deaf != "" {
		return b.lang.Say("ladder.media.deaf", with, phrase.With("who", deaf))
	}
	switch m.Direction {
	case trace.SendOnly, trace.RecvOnly:
		return b.lang.Say("ladder.media.one", with)
	case trace.Inactive:
		return b.lang.Say("ladder.media.none")
	case trace.SendRecv:
		return b.lang.Say("ladder.media", with)
	default:
		return story.Codec(codec)
	}
}

// resting says who holds, or whose terminal is away.
func (b *builder) resting(view int, h hush) string {
	switch {
	case h.away > 0:
		return b.lang.Say("ladder.suspended", phrase.With("who", b.local(h.away-1).Name))
	case h.local && h.remote:
		return b.lang.Say("ladder.held.both")
	case h.local:
		return b.lang.Say("ladder.held", phrase.With("who", b.local(view).Name))
	default:
		return b.lang.Say("ladder.held", phrase.With("who", b.remote(view).Name))
	}
}

// deafAfter is how many packets a device must have sent for it to mean something that it received none: two seconds of
// them, at the usual 20 ms.
const deafAfter = 100

// deaf finds a device that received nothing in the whole call although it was sending, "" when there is none.
func (b *builder) deaf() (who string) {
	for _, l := range b.all {
		m, ok := l.Event.Data.(trace.Media)
		if ok && l.Event.Kind == trace.MediaStopped && m.Received == 0 && m.Sent >= deafAfter {
			return b.local(l.View).Name
		}
	}
	return ""
}
