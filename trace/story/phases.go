package story

import (
	"cmp"
	"slices"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// phases lays the call out as stretches that follow each other.
func (r *record) phases() []Phase {
	if len(r.all) == 0 || r.blocked >= 0 {
		return nil
	}
	end, open := r.endAt(), r.ended < 0
	var out []Phase
	add := func(kind PhaseKind, from, to time.Duration) {
		from, to = max(from, 0), min(to, end)
		if to > from {
			out = append(out, r.phase(kind, from, to))
		}
	}
	setupEnd, ringEnd := end, end
	if r.answered >= 0 {
		setupEnd, ringEnd = r.at(r.answered), r.at(r.answered)
	}
	if i := r.alerted(); i >= 0 && r.at(i) <= ringEnd {
		setupEnd = r.at(i)
	}
	add(Setup, 0, setupEnd)
	add(Ringing, setupEnd, ringEnd)
	if r.answered >= 0 {
		from := ringEnd
		for _, h := range r.heldSpans() {
			add(Talking, from, h[0])
			add(Held, max(from, h[0]), h[1])
			from = max(from, h[0], h[1])
		}
		add(Talking, from, end)
	}
	if open && r.answered >= 0 && (r.heldNow() != nil || r.suspendedNow() >= 0) && (len(out) == 0 || out[len(out)-1].Kind != Held) {
		out = append(out, r.phase(Held, end, end)) // it has begun with the last that is known
	}
	if open && len(out) > 0 {
		last := &out[len(out)-1]
		last.Open, last.Label = true, r.say("phase.open", phrase.With("phase", last.Word))
	}
	return out
}

func (r *record) phase(kind PhaseKind, from, to time.Duration) Phase {
	word := r.say("phase." + string(kind))
	return Phase{
		Kind: kind, At: r.start.Add(from), StartUS: trace.MicrosOf(from), DurationUS: trace.MicrosOf(to - from),
		Word: word, Label: r.say("phase.label", phrase.With("phase", word), r.took("took", to-from)),
	}
}

// talked is how long the conversation lasted, holds excluded.
func (r *record) talked() time.Duration {
	if end, ok := r.end(); ok {
		return end.TalkingUS.Duration()
	}
	from := r.at(r.answered)
	talked := r.endAt() - from
	for _, span := range r.heldSpans() {
		talked -= max(span[1]-max(span[0], from), 0)
	}
	return talked
}

// heldSpans are the stretches during which either side held the call, in order and without overlap.
func (r *record) heldSpans() [][2]time.Duration {
	var spans [][2]time.Duration
	for _, h := range r.holds {
		if h.confirmed >= 0 {
			from, to, _ := r.span(h)
			spans = append(spans, [2]time.Duration{from, to})
		}
	}
	for _, s := range r.suspensions {
		from, to, _ := r.stretch(s)
		spans = append(spans, [2]time.Duration{from, to})
	}
	slices.SortFunc(spans, func(a, b [2]time.Duration) int { return cmp.Compare(a[0], b[0]) })
	var merged [][2]time.Duration
	for _, s := range spans {
		if n := len(merged); n > 0 && s[0] <= merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], s[1])
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
