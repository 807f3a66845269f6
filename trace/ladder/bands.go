package ladder

import (
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// turn is a moment at which the sound of the call changed: the answer, a hold, a resume, the end.
type turn struct {
	index int // into builder.all
	at    time.Duration
	held  []trace.Side // who holds from then on
	over  bool
}

// layBands draws what could be heard between the messages: the conversation and the holds, each with its length.
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
		r := b.row(Band, Media, min(b.own[view], b.opposite(view)), max(b.own[view], b.opposite(view)), t.index)
		r.ID = "band." + r.ID
		r.Label = b.heard(t, streams[i], deaf)
		if len(t.held) > 0 {
			r.Tone, r.Label = Holding, b.heldBy(view, t.held)
		}
		if !open {
			r.DeltaUS = trace.MicrosOf(took)
			r.Label = b.lang.Say("ladder.lasting", phrase.With("what", r.Label), phrase.With("took", b.lang.Measured(took)))
		}
		b.place(b.settled(view, t.index), 1, r)
	}
}

// turns follows the answer, the holds and the end in the first view that knows of an answer.
func (b *builder) turns() (view int, turns []turn) {
	answer := -1
	for i, l := range b.all {
		if l.Event.Kind == trace.CallAnswered && (answer < 0 || l.View < b.all[answer].View) {
			answer = i
		}
	}
	if answer < 0 {
		return 0, nil
	}
	view = b.all[answer].View
	turns = append(turns, turn{index: answer, at: b.at(answer)})
	var held []trace.Side
	for i := answer + 1; i < len(b.all); i++ {
		l := b.all[i]
		if l.View != view {
			continue
		}
		switch d := l.Event.Data.(type) {
		case trace.Hold:
			held = change(held, l.Event.Kind, d.By)
			if last := turns[len(turns)-1]; len(last.held) != len(held) {
				turns = append(turns, turn{index: i, at: b.at(i), held: held})
			}
		case trace.Ended:
			return view, append(turns, turn{index: i, at: b.begun(view) + d.TotalUS.Duration(), over: true})
		}
	}
	return view, turns
}

// change gives who holds after a hold event.
func change(held []trace.Side, kind trace.Kind, by trace.Side) []trace.Side {
	var out []trace.Side
	for _, s := range held {
		if s != by {
			out = append(out, s)
		}
	}
	switch kind {
	case trace.HoldConfirmed:
		return append(out, by)
	case trace.HoldResumed:
		return out
	default:
		return held
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

// settled is the last event of the exchange that caused a change: its ACK at both ends, else the change itself.
func (b *builder) settled(view, index int) int {
	for i := index + 1; i < len(b.all) && b.at(i)-b.at(index) <= settleWithin; i++ {
		m, ok := b.all[i].Event.Data.(trace.SIP)
		if !ok || b.all[i].View != view {
			continue
		}
		if m.Method == "ACK" {
			return max(i, b.all[i].Pair)
		}
		if m.IsRequest() {
			break
		}
	}
	return index
}

// streams tells, for each turn, the stream's last event before the next turn.
func (b *builder) streams(view int, turns []turn) []trace.Media {
	out := make([]trace.Media, len(turns))
	var last trace.Media
	i := 0
	for t := range turns {
		next := len(b.all)
		if t+1 < len(turns) {
			next = turns[t+1].index
		}
		for ; i < next; i++ {
			l := b.all[i]
			if d, ok := l.Event.Data.(trace.Media); ok && l.View == view && l.Event.Kind != trace.MediaStopped {
				last = d
			}
		}
		out[t] = last
	}
	return out
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

func (b *builder) heldBy(view int, held []trace.Side) string {
	if len(held) > 1 {
		return b.lang.Say("ladder.held.both")
	}
	who := b.local(view)
	if held[0] == trace.Remote {
		who = b.remote(view)
	}
	return b.lang.Say("ladder.held", phrase.With("who", who.Name))
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
