package ladder

import (
	"strconv"
	"strings"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// separator stands between the parts of a note and of a label. A drawing that is short of room drops parts from the end.
const separator = " · "

// note is what an arrow carries besides its name, the part that matters most first.
func (b *builder) note(m *message) string {
	parts := []string{b.direction(m.SIP)}
	if !m.IsRequest() && m.Method != "INVITE" {
		parts = append(parts, b.lang.Say("ladder.to", phrase.With("method", phrase.Clean(m.Method))))
	}
	parts = append(parts, b.carried(m.SIP), b.branchOf(m))
	if b.mixed[b.all[m.sent[0]].View] {
		parts = append(parts, transportName(m.Transport))
	}
	return together(parts...)
}

// together joins what there is.
func together(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, separator)
}

// direction is what the session description asks for; that of the first offer and its answer goes without saying.
func (b *builder) direction(m trace.SIP) string {
	switch {
	case m.SDP == "":
		return ""
	case strings.Contains(body(m.Raw), "c=IN IP4 0.0.0.0"): // the hold of RFC 2543, whose direction says nothing
		return phrase.Clean(string(m.SDP)) + " 0.0.0.0"
	case m.SDP == trace.SendRecv && !b.inDialog[transactionOf(m)]:
		return "SDP"
	default:
		return phrase.Clean(string(m.SDP))
	}
}

// carried is what the message itself says it is about, as far as it was captured.
func (b *builder) carried(m trace.SIP) string {
	if m.Raw == "" {
		return ""
	}
	switch {
	case m.Method == "INVITE" && m.Status > 100 && m.Status < 200:
		return numbered("RSeq", header(m.Raw, "RSeq", "")) // RFC 3262 section 7.1
	case !m.IsRequest():
		return ""
	}
	switch m.Method {
	case "PRACK":
		rack, _, _ := strings.Cut(header(m.Raw, "RAck", ""), " ")
		return numbered("RAck", rack)
	case "REFER":
		return b.referred(header(m.Raw, "Refer-To", "r"))
	case "NOTIFY", "SUBSCRIBE", "PUBLISH":
		if status, ok := strings.CutPrefix(firstLine(body(m.Raw)), "SIP/2.0 "); ok { // RFC 3515 section 2.4.5
			return phrase.Clean(status)
		}
		event, _, _ := strings.Cut(header(m.Raw, "Event", "o"), ";")
		return phrase.Clean(event)
	case "INFO", "MESSAGE":
		kind, _, _ := strings.Cut(header(m.Raw, "Content-Type", "c"), ";")
		return phrase.Clean(kind)
	case "INVITE":
		if id, _, _ := strings.Cut(header(m.Raw, "Replaces", ""), ";"); id != "" { // RFC 3891
			return b.lang.Say("ladder.replaces", phrase.With("call", shortID(id)))
		}
	case "BYE", "CANCEL":
		return reason(header(m.Raw, "Reason", ""))
	}
	return ""
}

// referred is where a REFER sends the other side, and the dialog that is to be replaced there (RFC 3515, RFC 3891).
func (b *builder) referred(target string) string {
	if target == "" {
		return ""
	}
	uri := target
	if _, inside, ok := strings.Cut(target, "<"); ok {
		uri, _, _ = strings.Cut(inside, ">")
	}
	parts := []string{b.lang.Say("ladder.target", phrase.With("to", phrase.User(uri)))}
	if _, embedded, ok := strings.Cut(uri, "?"); ok {
		for _, field := range strings.Split(embedded, "&") {
			name, value, _ := strings.Cut(field, "=")
			if strings.EqualFold(name, "Replaces") {
				id, _, _ := strings.Cut(unescape(value), ";")
				parts = append(parts, b.lang.Say("ladder.replaces", phrase.With("call", shortID(id))))
			}
		}
	}
	return together(parts...)
}

// reason is the protocol and the cause of a Reason header (RFC 3326): "Q.850 16".
func reason(value string) string {
	protocol, rest, _ := strings.Cut(value, ";")
	for _, parameter := range strings.Split(rest, ";") {
		name, cause, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if strings.EqualFold(strings.TrimSpace(name), "cause") {
			return numbered(phrase.Clean(protocol), strings.TrimSpace(cause))
		}
	}
	return ""
}

// numbered writes a name and its number, "" unless it is one.
func numbered(name, number string) string {
	if n, err := strconv.ParseUint(number, 10, 32); err == nil {
		return name + " " + strconv.FormatUint(n, 10)
	}
	return ""
}

// shortID writes the two ends of an id, as people read them out.
func shortID(id string) string {
	runes := []rune(phrase.Clean(id))
	if len(runes) <= 12 {
		return string(runes)
	}
	return string(runes[:6]) + "…" + string(runes[len(runes)-4:])
}

// branchOf tells the early dialogs of a forked INVITE apart, by the tag of who answers (RFC 3261 section 12.1.2).
func (b *builder) branchOf(m *message) string {
	tags := b.forks[b.all[m.sent[0]].View]
	if len(tags) < 2 {
		return ""
	}
	for _, tag := range []string{m.ToTag, m.FromTag} {
		if n := tags[tag]; n > 0 {
			return b.lang.Say("ladder.branch", phrase.With("n", strconv.Itoa(n)))
		}
	}
	return ""
}

// readForks numbers, for each view, the tags of those who answered its first INVITE, and finds the views whose messages
// crossed by more than one transport.
func (b *builder) readForks() {
	b.forks, b.mixed = make([]map[string]int, len(b.views)), make([]bool, len(b.views))
	first, transport := make([]trace.SIP, len(b.views)), make([]string, len(b.views))
	for _, l := range b.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok {
			continue
		}
		if transport[l.View] == "" {
			transport[l.View] = m.Transport
		}
		b.mixed[l.View] = b.mixed[l.View] || m.Transport != transport[l.View]
		if m.Method != "INVITE" {
			continue
		}
		if first[l.View].Method == "" && m.IsRequest() && !m.InDialog() {
			first[l.View], b.forks[l.View] = m, map[string]int{}
		}
		if f := first[l.View]; !m.IsRequest() && m.Status > 100 && m.Status < 300 && m.ToTag != "" && m.CSeq == f.CSeq && m.FromTag == f.FromTag {
			if tags := b.forks[l.View]; tags[m.ToTag] == 0 {
				tags[m.ToTag] = len(tags) + 1
			}
		}
	}
}

func transportName(s string) string { return strings.ToUpper(phrase.Clean(s)) }
