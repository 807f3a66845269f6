package story

import (
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// ruleCredentials finds a call whose user name and password were sent and did not help: the same realm asked again and did not
// say that only the nonce was stale (RFC 3261 section 22.4, RFC 7616 section 3.3), or 403 followed. A challenge that was never
// answered is none.
var ruleCredentials = rule{code: "wrong-credentials", severity: Problem, find: func(r *record) []found {
	last := r.opening()
	if last == nil || !last.sent || last.final < 0 {
		return nil
	}
	var before *exchange
	for _, x := range r.exchanges {
		if x != last && x.view == last.view && x.sent && x.message.Method == "INVITE" && !x.message.InDialog() && challenged(x.status) {
			before = x
		}
	}
	if before == nil || !r.authorized(last) {
		return nil
	}
	f := found{
		evidence: r.refs(before.final, last.request, last.final),
		args:     args(r.who(r.local(last.view)), phrase.With("address", phrase.Clean(last.message.Remote))),
	}
	switch {
	case last.status == 403:
		f.variant = ".forbidden"
	case !challenged(last.status) || !r.asksAgain(before, last):
		return nil
	}
	return []found{f}
}}

func challenged(status int) bool { return status == 401 || status == 407 }

// authorized tells whether a request carried credentials. Their value is masked; without the raw message, that the request
// was sent again after a challenge has to do.
func (r *record) authorized(x *exchange) bool {
	raw := x.message.Raw
	return raw == "" || field(raw, "Authorization", "") != "" || field(raw, "Proxy-Authorization", "") != ""
}

// asksAgain tells whether a challenge repeats the one before.
func (r *record) asksAgain(before, last *exchange) bool {
	was := realms(r.all[before.final])
	for realm, stale := range realms(r.all[last.final]) {
		if _, same := was[realm]; same && !stale {
			return true
		}
	}
	return false
}

// realms lists who asks for credentials, and whether each accepts those that it got, but for their nonce.
func realms(l trace.Located) map[string]bool {
	m, _ := l.Event.Data.(trace.SIP)
	out := map[string]bool{}
	for _, name := range [...]string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, value := range fields(m.Raw, name, "") {
			out[name+" "+parameter(value, "realm")] = strings.EqualFold(parameter(value, "stale"), "true")
		}
	}
	return out
}
