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

// reported is the status of a provisional response that the caller's device received.
func (t *teller) reported(l trace.Located, m trace.SIP) (int, bool) {
	provisional := m.Status > 100 && m.Status < 200 && m.Method == "INVITE"
	return m.Status, provisional && l.Event.Kind == trace.SIPReceived && t.outgoing[l.View] && m.Retransmission == 0
}
