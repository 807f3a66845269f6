package story

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// The shapes that stand before a step; each has a class of step and its own words besides.
const (
	glyphDevice   = "▲"
	glyphCall     = "→"
	glyphTones    = "♪"
	glyphRing     = "◔"
	glyphAnswer   = "✓"
	glyphHold     = "‖"
	glyphResume   = "▸"
	glyphEnd      = "■"
	glyphMissed   = "○"
	glyphBad      = "✕"
	glyphGap      = "⋯"
	glyphNote     = "·"
	glyphKeys     = "#"
	glyphRetry    = "↻"
	glyphTransfer = "⇢"
)

// teller makes the steps of a record and remembers which events they have told, so that nothing is told twice.
type teller struct {
	*record
	told []bool // by event
}

// steps tells the call step by step, in the order in which they happened.
func (r *record) steps() []Step {
	if len(r.all) == 0 {
		return nil
	}
	t := &teller{record: r, told: make([]bool, len(r.all))}
	out := make([]Step, 0, len(r.all)/2)
	for _, tell := range []func() []Step{t.beginning, t.retries, t.early, t.alerting, t.answer, t.holding, t.suspending, t.closing, t.others, t.missing} {
		out = append(out, tell()...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].OffsetUS < out[j].OffsetUS })
	identify(out)
	return out
}

// identify gives each step an id of its own.
func identify(steps []Step) {
	seen := make(map[string]int, len(steps))
	for i := range steps {
		id := "s." + string(steps[i].Kind)
		if len(steps[i].Evidence) > 0 {
			id = "s." + steps[i].Evidence[0].ID()
		}
		if seen[id]++; seen[id] > 1 {
			id += "." + strconv.Itoa(seen[id])
		}
		steps[i].ID = id
	}
}

// step makes a step. Its evidence are the events it stands for, the first one giving it its kind.
func (t *teller) step(class StepClass, glyph string, at time.Duration, sentence string, evidence ...int) Step {
	s := Step{
		At: t.start.Add(at), OffsetUS: trace.MicrosOf(at), Offset: t.lang.Offset(at),
		Class: class, Glyph: glyph, Sentence: sentence, Evidence: t.refs(evidence...),
	}
	for _, i := range evidence {
		if i >= 0 {
			t.told[i] = true
			if s.Kind == "" {
				s.Kind = t.all[i].Event.Kind
			}
		}
	}
	return s
}

// lasting gives a step its duration. One that still grows is not put into figures: nobody here knows what time it is.
func (t *teller) lasting(s Step, d time.Duration, open bool) Step {
	if d <= 0 && !open {
		return s
	}
	s.DurationUS, s.Duration, s.Open = trace.MicrosOf(max(d, 0)), t.lang.Measured(d), open
	if open {
		s.Duration = ""
	}
	return s
}

// list joins the parts of a detail line.
func list(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// beginning tells how the call began, from the handset on where the device saw it.
func (t *teller) beginning() []Step {
	if t.initiated < 0 {
		return nil
	}
	view := t.all[t.initiated].View
	var out []Step
	if s, ok := t.dialling(view); ok {
		out = append(out, s)
	}
	sentence := t.say("step.initiated", phrase.With("callee", t.callee.Name))
	if t.blocked >= 0 {
		sentence = t.say("step.dialled", t.who(t.caller), phrase.With("number", t.dialled()))
	}
	s := t.step(StepCall, glyphCall, t.at(t.initiated), sentence, t.initiated)
	if x := t.opening(); x != nil {
		key := "detail.received"
		if x.sent {
			key = "detail.sent"
		}
		s.Detail = t.say(key, phrase.With("message", "INVITE"), phrase.With("address", phrase.Clean(x.message.Remote)),
			phrase.With("transport", strings.ToUpper(phrase.Clean(x.message.Transport))))
		s.Evidence = append(s.Evidence, t.refs(x.request, t.response(x, 100))...)
	}
	return append(append(out, s), t.diverted()...)
}

// diverted tells who sent the call on before it came to the callee's device, in their order. Where the caller's device has
// told of it, there is nothing to add.
func (t *teller) diverted() []Step {
	if t.reached(len(t.all)) != t.callee {
		return nil
	}
	var out []Step
	for i, l := range t.all {
		d, _ := l.Event.Data.(trace.Initiated)
		for _, v := range slices.Backward(d.Diverted) {
			out = append(out, t.step(StepCall, glyphTransfer, t.at(i), t.divertedBy(v), i))
		}
	}
	return out
}

func (t *teller) divertedBy(v trace.Diversion) string {
	by := phrase.With("by", first(partyName(trace.Party{URI: v.URI, Name: v.Name}), t.lang.Say("name.third")))
	if reason := "diversion." + v.Reason; phrase.Has(reason) {
		return t.say("step.diverted", by, phrase.With("reason", t.lang.Say(reason)))
	}
	return t.say("step.diverted.unknown", by)
}

// dialling gathers what the person did at the device before the call left it.
func (t *teller) dialling(view int) (Step, bool) {
	var evidence []int
	lifted, keyed := false, false
	for i, l := range t.all {
		if i == t.initiated {
			break
		}
		if l.View != view || l.Event.Call == "" {
			continue
		}
		switch d := l.Event.Data.(type) {
		case trace.Hook:
			lifted = lifted || d.State == trace.OffHook
		case trace.Key:
			keyed = true
		default:
			continue
		}
		evidence = append(evidence, i)
	}
	if len(evidence) == 0 {
		return Step{}, false
	}
	key := "step.dialled"
	switch {
	case lifted && keyed:
		key = "step.lifted.dialled"
	case lifted:
		key = "step.lifted"
	}
	from := t.at(evidence[0])
	s := t.step(StepDevice, glyphDevice, from, t.say(key, t.who(t.caller), phrase.With("number", t.dialled())), evidence...)
	return t.lasting(s, t.at(t.initiated)-from, false), true
}

// retries tells of an INVITE that was challenged and sent again (RFC 3261 section 22): not a failure.
func (t *teller) retries() []Step {
	var out []Step
	for _, x := range t.challenged() {
		s := t.step(StepCall, glyphRetry, t.at(x.final), t.say("step.challenged"), x.final, t.opening().request)
		s.Detail = strconv.Itoa(x.status)
		out = append(out, s)
	}
	return out
}

// challenged are the attempts before the one that counts that were asked for a password.
func (r *record) challenged() []*exchange {
	var out []*exchange
	last := r.opening()
	for _, x := range r.exchanges {
		if last == nil || x == last || x.view != last.view || x.sent != last.sent || x.message.Method != "INVITE" || x.midCall() {
			continue
		}
		if x.status == 401 || x.status == 407 {
			out = append(out, x)
		}
	}
	return out
}

// alerting tells what came before the answer: sound from the network, and ringing.
func (t *teller) alerting() []Step {
	until, open := t.endAt(), t.ending() == stillUp
	if t.answered >= 0 {
		until, open = t.at(t.answered), false
	}
	var out []Step
	if i := t.progress; i >= 0 {
		out = append(out, t.progressed(until, open)...)
	}
	if i := t.ringing; i >= 0 {
		d, _ := t.all[i].Event.Data.(trace.Alerting)
		s := t.step(StepCall, glyphRing, t.at(i), t.say("step.ringing"+t.suffix(open, ".now"), phrase.With("callee", t.reached(i).Name)), i)
		s.Detail = t.alertingDetail(i, d)
		s.Evidence = append(s.Evidence, t.refs(t.response(t.opening(), d.Status))...)
		out = append(out, t.lasting(s, until-t.at(i), open))
	}
	return out
}

// progressed tells what the network reported before the ringing, and as another step the sound that came later.
func (t *teller) progressed(until time.Duration, open bool) []Step {
	tell := func(i int, until time.Duration, open bool) Step {
		d, _ := t.all[i].Event.Data.(trace.Alerting)
		s := t.step(StepCall, glyphTones, t.at(i), t.say("step.progress"+t.suffix(d.EarlyMedia, ".audio"), phrase.With("callee", t.reached(i).Name)), i)
		s.Detail = t.alertingDetail(i, d)
		if over := t.tonesOver(i); d.EarlyMedia && over >= 0 && t.at(over) < until {
			until, open = t.at(over), false
		}
		return t.lasting(s, until-t.at(i), open)
	}
	later := t.soundLater()
	if later < 0 {
		return []Step{tell(t.progress, until, open)}
	}
	out := []Step{tell(t.progress, t.at(later), false)}
	if t.all[later].Event.Kind == trace.CallProgress {
		out = append(out, tell(later, until, open))
	}
	return out
}

// alertingDetail says which responses it was.
func (t *teller) alertingDetail(i int, d trace.Alerting) string {
	detail := statusLine(d.Status)
	if d.EarlyMedia {
		detail = t.say("detail.18x.audio", phrase.With("status", strconv.Itoa(d.Status)))
	}
	if i == t.progress && t.ringing > i {
		detail = t.say("detail.then", phrase.With("first", detail), phrase.With("then", "180"))
	}
	if d.Reliable {
		detail = list(detail, t.say("detail.reliable"))
	}
	return detail
}

// answer tells who picked up.
func (t *teller) answer() []Step {
	i := t.answered
	if i < 0 {
		return nil
	}
	d, _ := t.all[i].Event.Data.(trace.Answered)
	hook := t.hookNear(t.at(i), trace.OffHook, t.callee)
	s := t.step(StepCall, glyphAnswer, t.at(i), t.say("step.answered"+t.suffix(d.Auto, ".auto")+t.suffix(hook >= 0 && !d.Auto, ".lifted")), i, hook)
	s.Detail = list(Codec(d.Codec), t.direction(i))
	if x := t.opening(); x != nil && x.status == 200 && x.view == t.all[i].View {
		s.Evidence = append(s.Evidence, t.refs(x.final, x.ack, t.sound(x.view))...)
	}
	return []Step{t.lasting(s, t.talked(), t.ending() == stillUp)}
}

// hookWithin is how close a movement of the hook must be to what it is taken to have caused.
const hookWithin = 2 * time.Second

// hookNear finds the movement of a party's hook that belongs to a moment, -1 when there is none. It may seem to come a
// little later, as the clocks of two devices are never quite the same.
func (t *teller) hookNear(at time.Duration, state string, p Person) int {
	for i, l := range t.all {
		d, ok := l.Event.Data.(trace.Hook)
		if ok && d.State == state && t.local(l.View) == p && !t.told[i] && (at-t.at(i)).Abs() <= hookWithin {
			return i
		}
	}
	return -1
}

// changesDirection are the kinds after which the sound goes another way than at the answer.
var changesDirection = map[trace.Kind]bool{trace.HoldConfirmed: true, trace.HoldResumed: true, trace.SuspendStarted: true}

// direction says which way the sound goes, from the stream's events around the answer, before any hold or resume after it.
func (t *teller) direction(answer int) string {
	view := t.all[answer].View
	var found trace.MediaDirection
	for i, l := range t.all {
		if l.View != view {
			continue
		}
		if i > answer && (changesDirection[l.Event.Kind] || t.at(i)-t.at(answer) > hookWithin) {
			break
		}
		if m, ok := l.Event.Data.(trace.Media); ok && l.Event.Kind != trace.MediaStopped {
			found = m.Direction
		}
	}
	if found == trace.SendRecv {
		return directionWords(t.lang, found)
	}
	return phrase.Clean(string(found))
}

// Codec writes a codec as engineers know it: "G.722" for the G722 of a session description.
func Codec(name string) string {
	switch strings.ToUpper(name) {
	case "PCMU":
		return "G.711 µ"
	case "PCMA":
		return "G.711 A"
	case "G722":
		return "G.722"
	case "G729":
		return "G.729"
	case "OPUS":
		return "Opus"
	}
	return phrase.Clean(name)
}
