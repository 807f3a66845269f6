package story

import (
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
)

// sessionTimeout is what the agent gives as the reason, in call.ended and in the Reason of its BYE.
const sessionTimeout = "session timer expired"

// sessionSlack is how far from the moment of RFC 4028 section 10 a BYE may come.
const sessionSlack = 2 * time.Second

// ruleSessionTimer finds a call that ended because nobody refreshed its session (RFC 4028 section 10): as the device that ended
// it says, or as the moment of its BYE lets suspect.
var ruleSessionTimer = rule{code: "cut-at-session-timer", severity: Problem, find: func(r *record) []found {
	for i, l := range r.all {
		if e, ok := l.Event.Data.(trace.Ended); ok && e.Reason == sessionTimeout && (e.Side == trace.Timer || e.Side == trace.Remote) {
			return []found{r.sessionOver(i, e)}
		}
	}
	for v := range r.views {
		if f, ok := r.endedWithTheSession(v); ok {
			return []found{f}
		}
	}
	return nil
}}

// sessionOver is an end of which one of the devices says what it was.
func (r *record) sessionOver(i int, e trace.Ended) found {
	view := r.all[i].View
	refreshed, interval := r.lastRefresh(view, len(r.all))
	f := found{evidence: r.refs(refreshed, i), variant: when(refreshed >= 0, ".interval"), args: args(r.who(r.local(view)), r.took("interval", interval))}
	if e.Side == trace.Remote {
		f.variant = ".said" + f.variant
	}
	return f
}

// endedWithTheSession judges by the time: a BYE comes a third of the interval before the session expires, 32 s at most, or when
// it does. Where the other device is a view, it would have said so.
func (r *record) endedWithTheSession(view int) (found, bool) {
	bye := r.byeTo(view)
	if bye == nil || r.otherTells(view) || !r.endedBy32(view) {
		return found{}, false
	}
	refreshed, interval := r.lastRefresh(view, bye.request)
	if refreshed < 0 {
		return found{}, false
	}
	after := r.all[bye.request].At.Sub(r.all[refreshed].At)
	early := interval - min(32*time.Second, interval/3)
	if (after-early).Abs() > sessionSlack && (after-interval).Abs() > sessionSlack {
		return found{}, false
	}
	return found{
		variant: ".perhaps", severity: Warning, evidence: r.refs(refreshed, bye.request),
		args: args(r.who(r.local(view)), r.took("took", after), r.took("interval", interval)),
	}, true
}

// lastRefresh is the last 2xx of a view to an INVITE or UPDATE before an event, and the interval that it grants; -1 when it
// grants none (RFC 4028 section 7.2).
func (r *record) lastRefresh(view, before int) (at int, interval time.Duration) {
	at = -1
	for _, x := range r.exchanges {
		if x.view != view || x.final < 0 || x.final >= before || x.status/100 != 2 || x.message.Method != "INVITE" && x.message.Method != "UPDATE" {
			continue
		}
		res, _ := r.all[x.final].Event.Data.(trace.SIP)
		seconds, _, _ := strings.Cut(field(res.Raw, "Session-Expires", "x"), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(seconds), 10, 32)
		if at = -1; err == nil && n > 0 {
			at, interval = x.final, time.Duration(n)*time.Second
		}
	}
	return at, interval
}
