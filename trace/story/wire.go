package story

import "strings"

// What the rules read in a message as it was captured. Nothing is trusted to be there: a capture may leave out the body or
// everything, and a mask hides what it hides.

// split cuts a message at the empty line (RFC 3261 section 7).
func split(raw string) (head, body string) {
	if head, body, ok := strings.Cut(raw, "\r\n\r\n"); ok {
		return head, body
	}
	head, body, _ = strings.Cut(raw, "\n\n")
	return head, body
}

// cutLine cuts off the first line.
func cutLine(s string) (first, rest string) {
	first, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(first, "\r"), rest
}

// fields are the values of a header field, by its name or its compact form (RFC 3261 section 7.3.3), which may be "".
func fields(raw, name, compact string) []string {
	var out []string
	head, _ := split(raw)
	for _, rest := cutLine(head); rest != ""; {
		var l string
		l, rest = cutLine(rest)
		key, value, ok := strings.Cut(l, ":")
		key = strings.TrimRight(key, " \t")
		if ok && (strings.EqualFold(key, name) || compact != "" && strings.EqualFold(key, compact)) {
			out = append(out, strings.TrimSpace(value))
		}
	}
	return out
}

// field is the first value of a header field, "" when there is none.
func field(raw, name, compact string) string {
	if all := fields(raw, name, compact); len(all) > 0 {
		return all[0]
	}
	return ""
}

// parameter is the value of a parameter behind a value, in whatever case it is named: `;refresher=uac`, `, stale=TRUE`.
func parameter(value, name string) string {
	quoted, from := false, 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] == '"' {
			quoted = !quoted
		}
		if i < len(value) && (quoted || !strings.ContainsRune(";, ", rune(value[i]))) {
			continue
		}
		key, v, _ := strings.Cut(value[from:i], "=")
		if strings.EqualFold(key, name) {
			return strings.Trim(v, `"`)
		}
		from = i + 1
	}
	return ""
}

// sentBy is the address that the topmost Via names (RFC 3261 section 18.1.1), "" when there is none.
func sentBy(raw string) string {
	via := strings.Fields(field(raw, "Via", "v"))
	if len(via) < 2 {
		return ""
	}
	by, _, _ := strings.Cut(via[1], ";")
	by, _, _ = strings.Cut(by, ",")
	return by
}

// contact is the host, and the port if any, of the first Contact.
func contact(raw string) string {
	uri := field(raw, "Contact", "m")
	if _, inside, ok := strings.Cut(uri, "<"); ok {
		uri = inside
	}
	if end := strings.IndexAny(uri, ">;?,"); end >= 0 {
		uri = uri[:end]
	}
	if at := strings.LastIndexByte(uri, '@'); at >= 0 {
		return uri[at+1:]
	}
	_, host, _ := strings.Cut(uri, ":")
	return host
}

// description is what a session description says of its first audio stream (RFC 8866).
type description struct {
	address string   // of the stream, else of the session
	port    string   // "0" refuses the stream (RFC 3264 section 6)
	codecs  []string // in the order of preference, in capitals; without those that carry no speech
}

// describeSession reads the first session description in a body, of one part or of many.
func describeSession(raw string) (d description, ok bool) {
	_, body := split(raw)
	var formats []string
	names := map[string]string{}
	inside := false // the first audio stream
	for rest := body; rest != ""; {
		var l string
		l, rest = cutLine(rest)
		kind, value, _ := strings.Cut(l, "=")
		switch {
		case kind == "m" && inside:
			rest = ""
		case kind == "m":
			if words := strings.Fields(value); len(words) > 3 && words[0] == "audio" {
				inside, ok = true, true
				d.port, formats = words[1], words[3:]
			}
		case kind == "c" && (inside || d.address == ""):
			if words := strings.Fields(value); len(words) > 2 {
				d.address, _, _ = strings.Cut(words[2], "/")
			}
		case inside && strings.HasPrefix(l, "a=rtpmap:"):
			if words := strings.Fields(l[len("a=rtpmap:"):]); len(words) > 1 {
				names[words[0]], _, _ = strings.Cut(strings.ToUpper(words[1]), "/")
			}
		}
	}
	for _, f := range formats {
		if name := first(names[f], staticTypes[f]); name != "" && name != "TELEPHONE-EVENT" && name != "CN" && name != "RED" {
			d.codecs = append(d.codecs, name)
		}
	}
	return d, ok
}

// staticTypes are the types that need no a=rtpmap (RFC 3551 section 6).
var staticTypes = map[string]string{"0": "PCMU", "3": "GSM", "4": "G723", "8": "PCMA", "9": "G722", "15": "G728", "18": "G729"}
