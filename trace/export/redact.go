package export

import (
	"net/netip"
	"slices"
	"strings"

	"sidetone/trace"
)

// redactViews replaces who and where in all views alike, in what the events say and in the messages they hold, so that
// the call is told by the same steps. It reads everything twice: what is replaced must be known before free text is
// searched for it.
func redactViews(views []trace.View) []trace.View {
	first := &redactor{newPseudonyms(nil)}
	first.views(views)
	second := &redactor{newPseudonyms(first.learned())}
	return second.views(views)
}

type redactor struct{ *pseudonyms }

func (r *redactor) views(views []trace.View) []trace.View {
	out := make([]trace.View, len(views))
	for i, v := range views {
		name := r.name(v.Name)
		out[i] = trace.View{Device: r.word(v.Device), Name: name, Events: r.events(v.Events), Around: r.events(v.Around)}
	}
	return out
}

func (r *redactor) events(events []trace.Event) []trace.Event {
	out := slices.Clone(events)
	for i, e := range out {
		e = trace.Redact(e, trace.CaptureFull, trace.Mask{Digits: true})
		e.Data = r.payload(e)
		out[i] = e
	}
	return out
}

// payload redacts what an event holds. A payload of a kind that is not known could hold anything, so nothing of it stays.
func (r *redactor) payload(e trace.Event) trace.Payload {
	switch d := e.Data.(type) {
	case trace.SIP:
		return r.sip(d)
	case trace.Initiated:
		d.From, d.To, d.Account = r.party(d.From), r.party(d.To), r.name(d.Account)
		d.SIPCallID, d.SessionID = r.id("call-", d.SIPCallID), r.session(d.SessionID)
		d.Diverted = slices.Clone(d.Diverted)
		for i, v := range d.Diverted {
			p := r.party(trace.Party{URI: v.URI, Name: v.Name})
			d.Diverted[i].URI, d.Diverted[i].Name = p.URI, p.Name
		}
		return d
	case trace.Unknown:
		if e.Kind.Known() { // its payload did not fit; it must not begin to
			return trace.Unknown("[]")
		}
		return trace.Unknown("{}")
	case trace.Media:
		d.Local, d.Remote, d.Source = r.endpoint(d.Local), r.endpoint(d.Remote), r.endpoint(d.Source)
		return d
	case trace.Rejected:
		d.Last = r.endpoint(d.Last)
		return d
	case trace.Line:
		d.AOR, d.Registrar, d.Reason = r.name(d.AOR), r.name(d.Registrar), r.free(d.Reason)
		return d
	}
	return r.told(e.Data)
}

// told redacts what a payload says in words.
func (r *redactor) told(data trace.Payload) trace.Payload {
	switch d := data.(type) {
	case trace.Alerting:
		d.Who = r.name(d.Who)
		return d
	case trace.Answered:
		d.Who = r.name(d.Who)
		return d
	case trace.Ended:
		d.Reason = r.reason(d.Reason)
		return d
	case trace.Hold:
		d.Reason = r.reason(d.Reason)
		return d
	case trace.Forward:
		d.To = r.party(d.To)
		if d.By != nil {
			by := r.party(*d.By)
			d.By = &by
		}
		return d
	case trace.Transfer:
		d.To, d.Reason = r.party(d.To), r.reason(d.Reason)
		return d
	case trace.Blocked:
		d.Number = r.name(d.Number)
		return d
	}
	return r.configured(data)
}

// configured redacts names that somebody gave to parts of a configuration.
func (r *redactor) configured(data trace.Payload) trace.Payload {
	switch d := data.(type) {
	case trace.Entered:
		d.Flow, d.Block = r.free(d.Flow), r.free(d.Block)
		return d
	case trace.Schedule:
		d.Schedule, d.Branch = r.free(d.Schedule), r.free(d.Branch)
		return d
	case trace.Menu:
		d.Menu, d.Prompt = r.free(d.Menu), r.free(d.Prompt)
		return d
	case trace.Choice:
		d.Menu, d.Target = r.free(d.Menu), r.name(d.Target)
		return d
	case trace.Ring:
		d.Seats = slices.Clone(d.Seats)
		for i, seat := range d.Seats {
			d.Seats[i] = r.name(seat)
		}
		return d
	case trace.Response:
		d.Message, d.Media = r.free(d.Message), r.free(d.Media)
		return d
	case trace.Fault:
		d.Error = r.free(d.Error)
		return d
	case trace.Started:
		d.Name = r.name(d.Name)
		return d
	case trace.Configured:
		d.Source, d.Error = r.free(d.Source), r.free(d.Error)
		return d
	case trace.Command:
		d.By, d.Error = r.name(d.By), r.free(d.Error)
		return d
	case trace.Update:
		d.Error = r.free(d.Error)
		return d
	}
	return data // hooks, keys, links, counts and times
}

func (r *redactor) sip(d trace.SIP) trace.SIP {
	d.Local, d.Remote, d.Reason = r.endpoint(d.Local), r.endpoint(d.Remote), r.free(d.Reason)
	d.Branch, d.FromTag, d.ToTag = r.branch(d.Branch), r.id("tag-", d.FromTag), r.id("tag-", d.ToTag)
	if d.Raw != "" {
		d.Raw = r.message(d.Raw)
	}
	return d
}

func (r *redactor) party(p trace.Party) trace.Party {
	return trace.Party{URI: r.name(p.URI), Name: r.name(p.Name)}
}

// reason leaves the words that a story knows as they are.
func (r *redactor) reason(s string) string {
	switch s {
	case trace.HoldWaitsForAnswer, trace.HoldWaitsForTerminal, trace.HoldCallEnded, trace.HoldTakenBack, trace.AnsweredElsewhere:
		return s
	}
	return r.free(s)
}

// name replaces what names a party: a URI, an address, a number, a host or a name.
func (r *redactor) name(s string) string {
	trimmed := strings.Trim(strings.TrimSpace(s), "<>")
	switch {
	case trimmed == "":
		return s
	case schemeOf(trimmed) != "":
		return r.uri(trimmed)
	case isNumber(trimmed) && !isEndpoint(trimmed):
		return r.number(trimmed)
	case strings.Contains(trimmed, "@") || isEndpoint(trimmed) || r.hostNames[strings.ToLower(trimmed)]:
		return r.rest(trimmed)
	}
	return r.word(s)
}

func isEndpoint(s string) bool {
	_, err := netip.ParseAddr(strings.Trim(s, "[]"))
	_, err2 := netip.ParseAddrPort(s)
	return err == nil || err2 == nil
}

// endpoint replaces an address with its port.
func (r *redactor) endpoint(s string) string {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(r.address(a.Addr()), a.Port()).String()
	}
	if s == "" {
		return ""
	}
	return r.hostPort(s)
}

// branch replaces the id of a transaction; the cookie of RFC 3261 section 8.1.1.7 stays.
func (r *redactor) branch(s string) string {
	if strings.HasPrefix(s, cookie) {
		return r.id(cookie+"-", s)
	}
	return r.id("branch-", s)
}

const cookie = "z9hG4bK"

// session replaces a Session-ID (RFC 7989 section 5); the null value stays.
func (r *redactor) session(s string) string {
	if strings.Trim(s, "0") == "" {
		return s
	}
	n := strings.TrimPrefix(r.id("session-", strings.ToLower(s)), "session-")
	return strings.Repeat("0", 32-len(n)) + n
}
