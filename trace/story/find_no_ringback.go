package story

import (
	"time"

	"sidetone/trace"
)

// longestPause is the longest pause in a ringing tone (ITU-T E.180 section 4: 3 to 5 s): whoever hears nothing for longer hears no
// ringing.
const longestPause = 5 * time.Second

// ruleNoRingback finds a caller who could hear no ringing. With a 180 the device makes the tone itself (RFC 3960 section 3.1),
// so only its absence tells something: a 183 whose sound is known not to have come, or an answer out of nothing.
var ruleNoRingback = rule{code: "no-ringback", severity: Warning, find: func(r *record) []found {
	x := r.opening()
	if x == nil || !x.sent || x.reply < 0 || !r.whole(x.view) {
		return nil
	}
	over := r.answered
	if over < 0 {
		over = r.ended
	}
	if over < 0 {
		return nil
	}
	heard := r.soundBefore(x, over)
	if heard.rang || heard.packets > 0 {
		return nil
	}
	wait := r.at(over) - r.at(x.request)
	f := found{variant: ".none", evidence: r.refs(x.request, x.reply, over)}
	switch {
	case heard.announced >= 0 && heard.measure >= 0:
		f = found{evidence: r.refs(heard.announced, heard.measure)}
		if wait = min(r.at(over), r.endAt()) - r.at(heard.announced); heard.silent > 0 {
			wait = heard.silent
		}
	case heard.announced >= 0 || r.answered < 0:
		return nil
	}
	if wait < longestPause {
		return nil
	}
	f.args = args(r.who(r.local(x.view)), r.took("wait", wait))
	return []found{f}
}}

// early is what the caller's device tells of the time before the answer.
type early struct {
	rang      bool // a 180 came, so that the device rang by itself
	announced int  // the response that announced sound, -1 when none did
	packets   int
	measure   int           // the event that shows that nothing came, -1 when none does
	silent    time.Duration // how long nothing came, where only that is known
}

// answerSlack is how soon after the answer the stream is counted that then changes.
const answerSlack = 500 * time.Millisecond

func (r *record) soundBefore(x *exchange, over int) early {
	e := early{announced: -1, measure: -1}
	for i, l := range r.all {
		if l.View != x.view {
			continue
		}
		switch d := l.Event.Data.(type) {
		case trace.SIP:
			e.rang = e.rang || d.Method == "INVITE" && d.Status == 180
			if e.announced < 0 && i < over && d.Method == "INVITE" && d.Status == 183 && d.SDP != "" {
				e.announced = i
			}
		case trace.Media:
			if d.Early == trace.EarlyRTP { // it came from a branch that is not counted yet
				e.packets = max(e.packets, 1)
			}
			counted := l.Event.Kind == trace.MediaChanged && (i < over || r.at(i)-r.at(over) < answerSlack)
			if stopped := l.Event.Kind == trace.MediaStopped; stopped && (r.answered < 0 || d.Received == 0) || counted && d.Received > 0 {
				e.packets = max(e.packets, d.Received)
				e.measure = i
			} else if counted && i > over {
				e.measure = i
			}
		case trace.Silent:
			if i < over && e.measure < 0 {
				e.measure, e.silent = i, d.ForUS.Duration()
			}
		}
	}
	return e
}
