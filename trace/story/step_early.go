package story

import (
	"strconv"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// early tells what the network said of a call that was not answered yet, and which of its branches was heard.
func (t *teller) early() []Step {
	var out []Step
	last := 0
	for i, l := range t.all {
		switch d := l.Event.Data.(type) {
		case trace.SIP:
			status, ok := t.reported(l, d)
			if ok && status != last {
				if key := "step.reported." + strconv.Itoa(status); phrase.Has(key) {
					s := t.step(StepCall, glyphNote, t.at(i), t.say(key), i)
					s.Detail = statusLine(status)
					out = append(out, s)
				}
				last = status
			}
		case trace.Media:
			if key := "step.early." + string(d.Early); phrase.Has(key) {
				s := t.step(StepCall, glyphTones, t.at(i), t.say(key), i)
				s.Detail = list(Codec(d.Codec), phrase.Clean(d.Remote))
				out = append(out, s)
			}
		}
	}
	return out
}

// soundLater is where sound came after a progress without: another progress, or the network's permission, which is a step of its own;
// -1 when none came.
func (t *teller) soundLater() int {
	first, _ := t.all[t.progress].Event.Data.(trace.Alerting)
	if first.EarlyMedia {
		return -1
	}
	later := -1
	for i := t.progress + 1; i < len(t.all) && (t.answered < 0 || i < t.answered); i++ {
		if t.all[i].View != t.all[t.progress].View {
			continue
		}
		switch d := t.all[i].Event.Data.(type) {
		case trace.Alerting:
			if later < 0 && t.all[i].Event.Kind == trace.CallProgress && d.EarlyMedia {
				later = i
			}
		case trace.Media:
			if d.Early == trace.EarlyAuthorised {
				return i
			}
		}
	}
	return later
}

// tonesOver is where the sound before the answer ended that a progress announced: the branch that it came from is over (RFC 6228),
// or the stream lets none through any more; -1 when it lasted.
func (t *teller) tonesOver(progress int) int {
	view := t.all[progress].View
	branch := ""
	for i, l := range t.all {
		if l.View != view {
			continue
		}
		if i > progress && (l.Event.Kind == trace.CallAnswered || l.Event.Kind == trace.CallEnded) {
			break
		}
		switch d := l.Event.Data.(type) {
		case trace.SIP:
			if i < progress && !d.IsRequest() && d.Method == "INVITE" && d.Status > 100 {
				branch = d.ToTag
			}
			if i > progress && d.Status == 199 && d.ToTag == branch {
				return i
			}
		case trace.Media:
			if i > progress && (d.Early == trace.EarlyLeft || l.Event.Kind == trace.MediaChanged && !t.audible(view, d.Direction)) {
				return i
			}
		}
	}
	return -1
}

// audible tells whether a stream lets the caller hear, as the device of a view has it.
func (t *teller) audible(view int, d trace.MediaDirection) bool {
	if t.outgoing[view] {
		return d == trace.SendRecv || d == trace.RecvOnly
	}
	return d == trace.SendRecv || d == trace.SendOnly
}

// reported is the status of a provisional response that the caller's device received.
func (t *teller) reported(l trace.Located, m trace.SIP) (int, bool) {
	provisional := m.Status > 100 && m.Status < 200 && m.Method == "INVITE"
	return m.Status, provisional && l.Event.Kind == trace.SIPReceived && t.outgoing[l.View] && m.Retransmission == 0
}
