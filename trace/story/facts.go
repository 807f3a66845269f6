package story

import (
	"strconv"
	"strings"
	"unicode"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// facts keeps apart who ended the call, what SIP said last, why, how the audio was, and whether the trace is whole.
func (r *record) facts() Facts {
	f := Facts{
		EndedBy: r.endedBy(), Stage: r.stage(), LastResponse: r.lastResponse(), Reason: r.reason(), Audio: r.audio(), Trace: r.completeness(),
	}
	for fact, key := range map[*Fact]string{
		&f.EndedBy: "ended-by", &f.Stage: "stage", &f.LastResponse: "last-response", &f.Reason: "reason", &f.Audio: "audio", &f.Trace: "trace",
	} {
		fact.Label = r.say("fact." + key)
	}
	return f
}

// endedBy names the person where a person is known to have acted; a refusal by a machine names no person.
func (r *record) endedBy() Fact {
	e, ok := r.end()
	if !ok {
		return Fact{}
	}
	how, view := r.ending(), r.endView()
	local := r.say("by.local")
	if view != 0 {
		local = r.say("by.remote")
	}
	switch {
	case how == cutByAgent:
		return Fact{Value: r.say("by.device", r.who(r.local(r.all[r.stopped].View))), Note: r.say("by.agent")}
	case how == blockedHere:
		return Fact{Value: r.say("by.device", r.who(r.local(view))), Note: local}
	case e.Side == trace.Network:
		return Fact{Value: r.say("by.network")}
	case e.Side == trace.Timer:
		return Fact{Value: r.say("by.timer"), Note: r.say("by.timer.of", r.who(r.local(view)))}
	case how == refused && e.Side == trace.Remote:
		return Fact{Value: r.say("by.other"), Note: r.say("by.machine")}
	}
	who := r.party(view, e.Side)
	if who == r.local(0) {
		return Fact{Value: who.Name, Note: r.say("by.local")}
	}
	return Fact{Value: who.Name, Note: r.say("by.remote")}
}

func (r *record) lastResponse() Fact {
	status, known := r.lastStatus()
	if !known {
		return Fact{}
	}
	if status > 699 {
		return Fact{Value: "9XX", Note: r.say("blocked.note")}
	}
	return Fact{Value: strconv.Itoa(status), Note: Meaning(status, r.lang)}
}

// lastStatus is the last response of the call, or of a call that is up so far.
func (r *record) lastStatus() (status int, known bool) {
	if e, ok := r.end(); ok {
		return e.LastResponse, true
	}
	for i := len(r.all) - 1; i >= 0; i-- {
		switch d := r.all[i].Event.Data.(type) {
		case trace.Answered:
			return 200, true
		case trace.Alerting:
			return d.Status, true
		}
	}
	return 0, false
}

// Meaning is what a status means in a word or two, for a table: "busy".
func Meaning(status int, lang Lang) string {
	key := "short." + phrase.StatusCode(status)
	if !phrase.Has(key) {
		key = "short.class." + statusClass(status)
	}
	return lang.Say(key)
}

// reason is the Q.850 cause where one was given, else the words that came with the end.
func (r *record) reason() Fact {
	e, ok := r.end()
	switch {
	case !ok:
		return Fact{}
	case r.stopped >= 0:
		return Fact{Value: r.say("reason.agent-stopped")}
	case r.ending() == blockedHere:
		return Fact{Value: r.say("reason.not-an-allowed-direction")}
	}
	text := phrase.Clean(e.Reason)
	if e.Q850 > 0 {
		value := Cause(e.Q850, r.lang)
		if own := r.wording(text); own != "" && own != r.quoted(text) {
			value = own // the agent's own words say more than the cause
		}
		return Fact{Value: value, Note: "Q.850 " + strconv.Itoa(e.Q850)}
	}
	if s, known := phrase.StatusOf(phrase.StatusCode(e.LastResponse)); known && s.Phrase == text {
		return Fact{} // says no more than the status
	}
	value := r.wording(text)
	if value == "" || value == r.quoted(text) {
		return Fact{Value: value}
	}
	_, particulars, _ := strings.Cut(text, ": ")
	return Fact{Value: value, Note: particulars}
}

// wording says in the language of the story what the agent writes as a reason; what the other side wrote is quoted. The
// agent puts particulars behind a colon.
func (r *record) wording(text string) string {
	if text == "" {
		return ""
	}
	general, _, _ := strings.Cut(text, ": ")
	slug := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return '-'
	}, general)
	if key := "reason." + slug; phrase.Has(key) {
		return r.say(key)
	}
	return r.quoted(text)
}

func (r *record) quoted(text string) string { return r.say("reason.quoted", phrase.With("text", text)) }

// Cause is the meaning of a cause of ITU-T Q.850.
func Cause(cause int, lang Lang) string {
	key := "cause." + strconv.Itoa(cause)
	if !phrase.Has(key) {
		key = "cause.class." + causeClass(cause)
	}
	return lang.Say(key)
}

// causeClass is the class of a cause: bits 5 to 7 of its value (ITU-T Q.850 table 1).
func causeClass(cause int) string {
	if cause < 0 || cause > 127 {
		return "other"
	}
	return strconv.Itoa(cause / 16)
}

func (r *record) audio() Fact {
	a, b := r.heardBy(true), r.heardBy(false)
	if r.answered < 0 || (!a.known && !b.known) {
		return Fact{}
	}
	loss := phrase.With("loss", r.lang.Percent(max(a.loss(), b.loss())))
	score := func(h heard) string {
		if h.side.MOS == nil {
			return "–"
		}
		return r.lang.Decimal(*h.side.MOS, 1)
	}
	at := r.callee
	if a.known && (a.side.MOS != nil || !b.known) {
		at = r.caller
	}
	switch worst, both := worstMOS(a, b); {
	case r.mute(a) || r.mute(b):
		return r.silence(a, b)
	case both:
		return Fact{Value: "MOS " + score(a) + " / " + score(b), Note: r.say("audio.loss", loss)}
	case worst > 0:
		return Fact{Value: "MOS " + r.lang.Decimal(worst, 1), Note: r.say("audio.at", r.who(at), loss)}
	case a.known && a.side.Packets == 0 || b.known && b.side.Packets == 0:
		return Fact{} // nothing arrived, in a conversation too short to say that anything should have
	case a.known && b.known:
		return Fact{Value: r.say("audio.both"), Note: r.say("audio.loss", loss)}
	default:
		return Fact{Value: r.say("audio.arrived"), Note: r.say("audio.at", r.who(at), loss)}
	}
}

// silence tells where nothing arrived. That the other way worked is said only when it is known.
func (r *record) silence(a, b heard) Fact {
	deaf := r.caller
	if !r.mute(a) {
		deaf = r.callee
	}
	f := Fact{Value: r.say("audio.nothing"), Note: r.say("audio.nothing.at", r.who(deaf))}
	switch {
	case r.mute(a) && r.mute(b):
		f.Note = ""
	case a.side.Packets+b.side.Packets > 0:
		f.Value = r.say("audio.one-way")
	}
	return f
}
