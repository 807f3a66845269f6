package message

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"sidetone/trace"
)

// MaxDiversions bounds what a message can have us keep.
const MaxDiversions = 8

// ReadDiversions tells who sent a call on before it came here, the last one first: by Diversion (RFC 5806), else by
// History-Info (RFC 7044, read as RFC 7544 section 6 says).
func ReadDiversions(m sip.Message) []trace.Diversion {
	var all []trace.Diversion
	for _, a := range readAddresses(m, "Diversion") {
		all = append(all, a.diversion(diversionReason(a.params["reason"])))
	}
	if all == nil {
		all = historyDiversions(readAddresses(m, "History-Info"))
	}
	return all[:min(len(all), MaxDiversions)]
}

// historyDiversions are the entries that the call left for others. The next entry names the one it came from by mp; where it
// does not, that is the one before it.
func historyDiversions(entries []address) []trace.Diversion {
	var all []trace.Diversion
	for i, target := range entries {
		if i == 0 {
			continue
		}
		from := entries[i-1]
		mapped, isMapped := target.params["mp"]
		if n := slices.IndexFunc(entries[:i], func(a address) bool { return a.params["index"] == mapped }); isMapped && n >= 0 {
			from = entries[n]
		}
		reason, known := causes[target.uri.UriParams.GetOr("cause", "")]
		status := from.failure()
		if !known {
			reason = failures[status]
		}
		if known || isMapped || status != 0 {
			all = append(all, from.diversion(reason))
		}
	}
	slices.Reverse(all)
	return all
}

// causes are the reasons of the cause parameter of a URI (RFC 4458 section 2, RFC 7544 section 6).
var causes = map[string]string{
	"404": "", "302": "unconditional", "486": "user-busy", "408": "no-answer", "480": "deflection", "487": "deflection", "503": "unavailable",
}

// failures are the reasons of a status in a Reason of an entry.
var failures = map[int]string{486: "user-busy", 600: "user-busy", 408: "no-answer", 503: "unavailable"}

// diversionReasons are those of RFC 5806 section 4 that say something.
var diversionReasons = []string{
	"user-busy", "no-answer", "unavailable", "unconditional", "time-of-day", "do-not-disturb", "deflection", "follow-me", "out-of-service", "away",
}

func diversionReason(s string) string {
	if s = strings.ToLower(s); slices.Contains(diversionReasons, s) {
		return s
	}
	return ""
}

// address is a name-addr with its parameters, by lower-case name (RFC 3261 section 25.1).
type address struct {
	name   string
	uri    sip.Uri
	params map[string]string
}

func (a address) diversion(reason string) trace.Diversion {
	d := trace.Diversion{URI: a.uri.String(), Name: a.name, Reason: reason}
	if a.uri.Scheme == "sip" || a.uri.Scheme == "sips" {
		d.URI = a.uri.Addr()
	}
	return d
}

// failure is the status in the Reason of an entry of History-Info, 0 where there is none (RFC 7044 section 10.2).
func (a address) failure() int {
	for _, h := range a.uri.Headers {
		if strings.EqualFold(Unescape(h.K), "Reason") {
			var c Cause
			if c.read(Unescape(h.V)); c.Status != 0 {
				return c.Status
			}
		}
	}
	return 0
}

// readAddresses reads every value of a field that is a list of name-addr. What cannot be read is left out.
func readAddresses(m sip.Message, field string) []address {
	var all []address
	for _, h := range m.GetHeaders(field) {
		for _, value := range splitAddresses(h.Value()) {
			if a, ok := readAddress(value); ok {
				all = append(all, a)
			}
		}
	}
	return all
}

// splitAddresses splits at commas that stand neither in a quoted-string nor in a URI.
func splitAddresses(s string) []string {
	var parts []string
	open := ""
	for _, part := range splitOutsideQuotes(s, ',') {
		if open += part; strings.Count(open, "<") > strings.Count(open, ">") {
			open += ","
			continue
		}
		parts, open = append(parts, open), ""
	}
	return parts
}

func readAddress(s string) (address, bool) {
	parts := splitOutsideQuotes(s, '<')
	if len(parts) != 2 {
		return address{}, false
	}
	uri, rest, closed := strings.Cut(parts[1], ">")
	a := address{name: unquote(strings.TrimSpace(parts[0])), params: map[string]string{}}
	if !closed || strings.ContainsFunc(uri, func(c rune) bool { return c <= ' ' || c == 0x7f }) || sip.ParseUri(uri, &a.uri) != nil || a.uri.Wildcard {
		return address{}, false
	}
	for _, p := range splitOutsideQuotes(rest, ';')[1:] {
		key, value, _ := strings.Cut(p, "=")
		a.params[strings.ToLower(strings.TrimSpace(key))] = unquote(strings.TrimSpace(value))
	}
	return a, true
}
