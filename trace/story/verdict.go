package story

import (
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// verdict says in one sentence what became of the call, who ended it, why, and how the audio was as far as known.
func (r *record) verdict() Verdict {
	e := r.ending()
	v := brief(e, r.lang)
	switch e {
	case stillUp:
		r.tellLive(&v)
	case hungUp, cutByNet, cutByTimer:
		v.Text = r.tellAnswered(r.endClause(e))
	case cutByAgent:
		v.Text = r.tellCut()
	case blockedHere:
		v.Text = r.say("verdict.blocked", phrase.With("number", r.blockedNumber()))
	case wasBusy:
		v.Text = r.say("verdict.busy." + r.oneOf("486", "600"))
	case declined:
		v.Text = r.say("verdict.declined."+r.oneOf("603", "607")+r.suffix(r.ringing >= 0, ".rang"), r.took("ringing", r.rang()))
	case notAnswered:
		v.Text = r.say("verdict.no-answer"+r.suffix(r.ringing >= 0, ".rang"), r.took("ringing", r.rang()), r.took("total", r.endAt()))
	case cancelled:
		v.Text = r.say("verdict.cancelled"+r.suffix(r.elsewhere(), ".elsewhere")+r.suffix(r.ringing >= 0, ".rang"), r.took("total", r.endAt()))
	case deflected:
		v.Text = r.say("verdict.deflected"+r.suffix(r.ringing >= 0, ".rang"), r.who(r.local(r.endView())), phrase.With("to", r.deflectedTo()), r.took("ringing", r.rang()))
	case noReply:
		v.Text = r.tellNoReply()
	case refused:
		v.Text = r.tellRefused()
	case givenUp:
		v.Text = r.say("verdict.abandoned", r.who(r.local(r.endView())))
	}
	return v
}

// deflection is where the device whose end is told sent the call on, -1 when that is missing.
func (r *record) deflection() int {
	for i, l := range r.all {
		if d, ok := l.Event.Data.(trace.Forward); ok && d.Reason == trace.Deflected && l.View == r.endView() {
			return i
		}
	}
	return -1
}

// deflectedTo is whom it was sent on to.
func (r *record) deflectedTo() string {
	if i := r.deflection(); i >= 0 {
		if d, ok := r.all[i].Event.Data.(trace.Forward); ok {
			return first(partyName(d.To), r.say("name.third"))
		}
	}
	return r.say("name.third")
}

// elsewhere tells whether the call ended here because another phone answered it: the agent says so, or the CANCEL, by the status
// 200 or the cause 26 (RFC 3326 section 2, ITU-T Q.850 table 1).
func (r *record) elsewhere() bool {
	e, _ := r.end()
	if e.Reason == trace.AnsweredElsewhere || e.Q850 == 26 {
		return true
	}
	for _, x := range r.exchanges {
		if x.view != r.endView() || x.sent || x.message.Method != "CANCEL" {
			continue
		}
		for _, reason := range fields(x.message.Raw, "Reason", "") {
			protocol, _, _ := strings.Cut(reason, ";")
			if strings.EqualFold(strings.TrimSpace(protocol), "SIP") && parameter(reason, "cause") == "200" {
				return true
			}
		}
	}
	return false
}

func (r *record) suffix(when bool, s string) string {
	if when {
		return s
	}
	return ""
}

// oneOf is the last response when it is one of those named, else the first of them.
func (r *record) oneOf(codes ...string) string {
	e, _ := r.end()
	for _, c := range codes {
		if strconv.Itoa(e.LastResponse) == c {
			return c
		}
	}
	return codes[0]
}

// endView is the view whose call.ended is told.
func (r *record) endView() int {
	if r.ended < 0 {
		return 0
	}
	return r.all[r.ended].View
}

// rang is how long the other side rang.
func (r *record) rang() time.Duration {
	if r.ringing < 0 {
		return 0
	}
	until := r.endAt()
	if r.answered >= 0 {
		until = r.at(r.answered)
	}
	return max(until-r.at(r.ringing), 0)
}

func (r *record) who(p Person) phrase.Arg { return phrase.With("who", p.Name) }

// tellLive also changes the head: a call that is up is calling, ringing, talking or on hold.
func (r *record) tellLive(v *Verdict) {
	state := "calling"
	var args []phrase.Arg
	switch h := r.heldNow(); {
	case r.suspendedNow() >= 0:
		state = "suspended"
		args = append(args, r.who(r.local(r.suspendedNow())))
	case h != nil:
		state = "held"
		args = append(args, r.who(r.party(h.view, h.by)))
	case r.answered >= 0:
		state = "talking"
	case r.ringing >= 0:
		state = "ringing"
	}
	if r.answered >= 0 {
		args = append(args, r.took("wait", r.at(r.answered)))
	}
	v.Word, v.Head, v.Text = r.say("word.live."+state), r.say("head.live."+state), r.say("verdict.live."+state, args...)
}

// heldNow is a hold that is still in force, nil when there is none.
func (r *record) heldNow() *hold {
	for i := len(r.holds) - 1; i >= 0; i-- {
		if h := r.holds[i]; h.confirmed >= 0 && h.resumed < 0 {
			return h
		}
	}
	return nil
}

// suspendedNow is the view whose terminal is away just now, -1 when none is.
func (r *record) suspendedNow() int {
	for _, s := range r.suspensions {
		if s.over < 0 {
			return s.view
		}
	}
	return -1
}

// endClause is how a conversation ended; "" when who picked up also hung up, and so is named already.
func (r *record) endClause(e ending) string {
	if clause := r.transferClause(e); clause != "" {
		return clause
	}
	end, _ := r.end()
	if view, _ := r.timedOut(); e == hungUp && view < 0 && !r.unheardACK() && r.party(r.endView(), end.Side).Name == r.reached(len(r.all)).Name {
		return ""
	}
	return r.endSentence(e)
}

// tellAnswered tells a conversation; how it ended is the last clause, "" when the called person hung up.
func (r *record) tellAnswered(ending string) string {
	e, _ := r.end()
	wait := e.SetupUS.Duration() + e.RingingUS.Duration()
	if r.answered >= 0 {
		wait = r.at(r.answered)
	}
	key := "verdict.answered" + when(r.mute(r.heardBy(true)) || r.mute(r.heardBy(false)), ".silent") + when(ending == "", ".callee")
	text := r.say(key, r.took("wait", wait), r.took("talk", e.TalkingUS.Duration()),
		phrase.With("holds", r.holdsClause(e.HeldUS)), phrase.With("end", ending))
	return sentences(text, r.audioSentence())
}

// holdsClause counts the holds of the conversation. One that was over before it began is a step, and no part of it.
func (r *record) holdsClause(held trace.Micros) string {
	n := 0
	for _, h := range r.holds {
		if h.confirmed < 0 {
			continue
		}
		if _, to, _ := r.span(h); r.answered < 0 || to > r.at(r.answered) {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return r.say("verdict.hold", r.took("held", held.Duration()))
	default:
		return r.say("verdict.holds", phrase.Count("n", n), r.took("held", held.Duration()))
	}
}

func (r *record) endSentence(e ending) string {
	end, _ := r.end()
	switch e {
	case cutByNet, cutByTimer:
		if len(r.unconfirmed()) > 0 {
			return r.say("end.no-ack")
		}
	default:
	}
	switch e {
	case cutByNet:
		if h := r.lost(); h != nil {
			return r.say("end.lost"+when(h.confirmed >= 0, ".resume"), r.who(r.party(h.view, h.by)))
		}
		return r.say("end.network")
	case cutByTimer:
		return r.say("end."+timerOf(end.Reason), r.who(r.local(r.endView())))
	default:
		if view, reason := r.timedOut(); view >= 0 {
			return r.say("end."+timerOf(reason), r.who(r.local(view)))
		}
		if r.unheardACK() {
			return r.say("end.no-ack")
		}
		return r.say("end.hungup", r.who(r.party(r.endView(), end.Side)))
	}
}

// timedOut is the other view whose device ended the call because a time was over, -1 when none says so: the first sees a BYE.
func (r *record) timedOut() (view int, reason string) {
	if end, _ := r.end(); end.Side != trace.Remote {
		return -1, ""
	}
	for _, l := range r.all {
		if d, ok := l.Event.Data.(trace.Ended); ok && d.Side == trace.Timer && l.View != r.endView() && d.Result == trace.ResultAnswered {
			return l.View, d.Reason
		}
	}
	return -1, ""
}

// transferClause says that a call ended because it was transferred, and to whom; "" when it was not.
func (r *record) transferClause(e ending) string {
	if e != hungUp {
		return ""
	}
	for _, l := range r.all {
		if l.Event.Kind == trace.TransferDone {
			return describe(r.lang, l.Event, cast{who: r.local(l.View).Name, other: r.remote(l.View).Name})
		}
	}
	return ""
}

// timerOf is which time limit ended a call, by the reason that the user agent gives.
func timerOf(reason string) string {
	switch reason {
	case "session timer expired":
		return "session-timer"
	case "hold time over":
		return "hold-time"
	case trace.ISUPT2 + " expired":
		return "suspension.user"
	case trace.ISUPT6 + " expired":
		return "suspension"
	}
	return "timer"
}

// tellCut tells a call whose agent stopped in the middle of it. What came after on that device nobody knows.
func (r *record) tellCut() string {
	who := r.who(r.local(r.all[r.stopped].View))
	total := r.took("total", r.endAt())
	if r.answered < 0 {
		return r.say("verdict.stopped", who, total)
	}
	return r.say("verdict.stopped.answered", who, total, r.took("wait", r.at(r.answered)), r.took("talk", r.endAt()-r.at(r.answered)))
}

// undelivered begins the reason of a call whose request the network refused to carry.
const undelivered = "cannot be reached"

func (r *record) tellNoReply() string {
	total := r.took("total", r.endAt())
	x := r.opening()
	if e, _ := r.end(); x != nil && strings.HasPrefix(e.Reason, undelivered) {
		return r.say("verdict.no-reply.undelivered", phrase.With("address", phrase.Clean(x.message.Remote)))
	}
	if r.unsent() {
		return r.say("verdict.no-reply.unsent")
	}
	if x == nil || len(x.again) == 0 {
		return r.say("verdict.no-reply", total)
	}
	return r.say("verdict.no-reply.again", total, phrase.Count("n", len(x.again)+1))
}

// unsent tells whether the call ended before its request was sent, as when the name of the target has no address. A request
// that may be among missing events is not said to be unsent.
func (r *record) unsent() bool {
	return r.opening() == nil && trace.Summarize(r.views[r.endView()].Events).Missing == 0
}

// tellRefused names the cause: the sentence of the status, in its own words for this call where the catalogue has them.
func (r *record) tellRefused() string {
	e, _ := r.end()
	key := "verdict.status." + strconv.Itoa(e.LastResponse)
	if again := key + ".again"; phrase.Has(again) && len(r.challenged()) > 0 {
		key = again
	}
	if phrase.Has(key) {
		return r.say(key, phrase.With("number", r.dialled()))
	}
	return r.statusSentence(e.LastResponse) + "."
}

// statusSentence is what a status means in this call, from the side of the device that sent it or received it. One that is not
// registered is told by its class (RFC 3261 section 8.1.3.2).
func (r *record) statusSentence(status int) string {
	key := "status." + phrase.StatusCode(status)
	if !phrase.Has(key) {
		key = "status.class." + statusClass(status)
	}
	if end, ok := r.end(); ok && end.Side == trace.Local && phrase.Has(key+".here") {
		key += ".here"
	}
	return r.say(key, phrase.With("status", strconv.Itoa(status)), r.who(r.local(r.endView())))
}

func statusClass(status int) string {
	if status < 100 || status > 699 {
		return "other"
	}
	return strconv.Itoa(status / 100)
}

// dialled is the number as the caller dialled it.
func (r *record) dialled() string { return first(r.callee.Number, r.callee.Name) }

func (r *record) blockedNumber() string {
	if r.blocked >= 0 {
		if d, ok := r.all[r.blocked].Event.Data.(trace.Blocked); ok && d.Number != "" {
			return phrase.Clean(d.Number)
		}
	}
	return r.dialled()
}

// sentences joins what is not empty.
func sentences(parts ...string) string {
	var told []string
	for _, p := range parts {
		if p != "" {
			told = append(told, p)
		}
	}
	return strings.Join(told, " ")
}
