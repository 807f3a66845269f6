package session

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/trace"
)

// maxTargets bounds the target set of a call, the target that was dialled included.
const maxTargets = 8

// target is a member of the target set (RFC 3261 section 8.1.3.4).
type target struct {
	uri    sip.Uri
	name   string
	proxy  *sip.Uri     // pre-loaded route, nil for none
	fields []sip.Header // that its Contact asks for
	mapped string       // how it was found, as its Contact says (RFC 7044 section 10.4)
	q      float64
}

// redirection is the target set: each target is in it once.
type redirection struct {
	known   []target
	waiting []target // those not tried yet, the next one first
	now     target
	history []visit
}

// Forwarded says that the call goes on to another target: the one before it redirected it, or failed and was one of several.
// A callee is told it of its own redirection.
type Forwarded struct {
	By, To trace.Party
	Status int // what By answered, 0 for nothing
}

func (Forwarded) signal() {}

// startTargets begins the target set with what was dialled.
func (s *Session) startTargets() {
	t := target{uri: s.attempt.target, name: s.outgoing.ToName, proxy: s.attempt.proxy}
	s.redirection = redirection{known: []target{t}, now: t}
}

// redirected takes the targets of a 300, 301, 302 or 305 into the target set, before those that wait (RFC 3261 sections
// 8.1.3.4, 21.3). A 380 names services, not targets.
func (s *Session) redirected(res *sip.Response) {
	r := &s.redirection
	var found []target
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if !ok || len(r.known) >= maxTargets {
			continue
		}
		if t, ok := s.targetOf(contact, res); ok && !slices.ContainsFunc(r.known, t.same) {
			r.known = append(r.known, t)
			found = append(found, t)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].q > found[j].q })
	r.waiting = append(found, r.waiting...)
}

// targetOf reads a Contact of a redirection, and tells whether it is to be followed. A call to a sips URI goes to no other
// (RFC 5630 section 5.1.1.3).
func (s *Session) targetOf(contact *sip.ContactHeader, res *sip.Response) (target, bool) {
	uri := *contact.Address.Clone()
	uri.Headers = nil
	method := uri.UriParams.GetOr("method", string(sip.INVITE))
	uri.UriParams.Remove("method")
	secure := s.attempt.target.Scheme == "sips"
	if uri.Wildcard || uri.Host == "" || method != string(sip.INVITE) || uri.Scheme != "sips" && (uri.Scheme != "sip" || secure) {
		return target{}, false
	}
	t := target{uri: uri, name: message.PlainName(contact.DisplayName), proxy: s.outgoing.Proxy, q: preference(contact), mapped: mappedFrom(contact)}
	switch status := res.StatusCode; status {
	case 300, 301, 302:
		t.fields = withDiversions(s.fieldsOf(contact.Address), res)
		return t, s.cfg.Redirect == nil || s.cfg.Redirect(uri)
	case 305: // the Contact is the way to the same target
		t.uri, t.name, t.proxy, t.mapped = s.redirection.now.uri, s.redirection.now.name, &uri, ""
		t.fields = slices.Clone(s.redirection.now.fields)
		return t, true
	}
	return target{}, false
}

// preference is the q of a Contact, 1 where it has none (RFC 3261 section 20.10).
func preference(contact *sip.ContactHeader) float64 {
	q, err := strconv.ParseFloat(contact.Params.GetOr("q", "1"), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 1
	}
	return q
}

// same tells whether two targets are reached in the same way.
func (t target) same(other target) bool {
	if t.proxy == nil || other.proxy == nil {
		return t.proxy == other.proxy && sameURI(&t.uri, &other.uri)
	}
	return sameURI(t.proxy, other.proxy) && sameURI(&t.uri, &other.uri)
}

// sameURI compares URIs (RFC 3261 section 19.1.4).
func sameURI(a, b *sip.Uri) bool {
	if a.Scheme != b.Scheme || a.User != b.User || a.Password != b.Password || !strings.EqualFold(a.Host, b.Host) || a.Port != b.Port {
		return false
	}
	for _, name := range []string{"user", "ttl", "maddr", "transport"} {
		if a.UriParams.Has(name) != b.UriParams.Has(name) {
			return false
		}
	}
	for _, p := range a.UriParams {
		if value, ok := b.UriParams.Get(p.K); ok && !strings.EqualFold(value, p.V) {
			return false
		}
	}
	return true
}

// permitted are the header fields that a Contact may have an INVITE carry, and whether they are lists, to which it adds;
// any other would have this side say what a stranger wants it to (RFC 3261 section 19.1.5, RFC 7433 section 4.1).
var permitted = map[string]bool{"diversion": true, "history-info": true, "subject": false, "user-to-user": false}

// fieldsOf are the header fields for the INVITE to a Contact: those of its URI, and of the attempt before what they leave.
func (s *Session) fieldsOf(contact sip.Uri) []sip.Header {
	var fields []sip.Header
	replaced := map[string]bool{}
	for _, p := range contact.Headers {
		name, value := strings.ToLower(message.Unescape(p.K)), message.Unescape(p.V)
		isList, ok := permitted[name]
		if !ok || strings.ContainsFunc(value, isControl) {
			continue
		}
		replaced[name] = !isList
		fields = append(fields, sip.NewHeader(fieldName(name), value))
	}
	for _, h := range s.redirection.now.fields {
		if !replaced[strings.ToLower(h.Name())] {
			fields = append(fields, h)
		}
	}
	return fields
}

// withDiversions puts before the fields who diverts the call by a redirection, the last one first (RFC 5806 section 4). What
// the fields say already is not said again.
func withDiversions(fields []sip.Header, res *sip.Response) []sip.Header {
	var all []sip.Header
	for _, h := range append(res.GetHeaders("Diversion"), fields...) {
		is := strings.EqualFold(h.Name(), "Diversion")
		said := func(other sip.Header) bool {
			return strings.EqualFold(other.Name(), h.Name()) && other.Value() == h.Value()
		}
		if is && (slices.ContainsFunc(all, said) || strings.ContainsFunc(h.Value(), isControl) || len(all) >= message.MaxDiversions) {
			continue
		}
		all = append(all, h)
	}
	return all
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// fieldName writes the name of a header field in the usual way.
func fieldName(lower string) string {
	words := strings.Split(lower, "-")
	for i, w := range words {
		if w != "to" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}

// tryNextTarget sends the INVITE to the next of the target set, after a response of 300 to 599 or none, and tells whether
// there was one (RFC 3261 section 8.1.3.4). A 6xx is of everybody. The caller must not have hung up.
func (s *Session) tryNextTarget(res *sip.Response) bool {
	r := &s.redirection
	status := 0
	if res != nil {
		status = res.StatusCode
	}
	if len(r.waiting) == 0 || status >= 600 {
		return false
	}
	before := r.now
	r.visited(res)
	r.now, r.waiting = r.waiting[0], r.waiting[1:]
	s.supersede()
	s.lastResponse, s.sendError = 0, nil // what is told in the end is how the last target fared
	s.attempt.seq++
	s.attempt.target, s.attempt.proxy = r.now.uri, r.now.proxy
	for name := range permitted {
		s.attempt.set(name)
	}
	s.attempt.fields = append(s.attempt.fields, r.fields()...)
	to := r.now.party()
	if !sameURI(&before.uri, &r.now.uri) {
		s.cfg.Who = r.now.who()
	} else if r.now.proxy != nil {
		to = trace.Party{URI: r.now.proxy.Addr()}
	}
	s.tell(Forwarded{By: before.party(), To: to, Status: status})
	s.emit(Locate{Hop: s.attempt.nextHop()})
	return true
}

func (t target) party() trace.Party { return trace.Party{URI: t.uri.Addr(), Name: t.name} }

// who is the target as people call it.
func (t target) who() string { return cmp.Or(t.name, t.uri.User, t.uri.Host) }
