package export

import "strings"

// The header fields of a message that stay in it. All others go: what they hold is not known, or says who somebody is
// (RFC 3325, RFC 5806, RFC 7044, RFC 8224), what credentials he has, or what phone (RFC 3261 section 20.41).
const (
	fieldsKept = " max-forwards cseq allow supported require proxy-require unsupported session-expires min-se expires min-expires rseq rack" +
		" content-type content-length content-disposition content-encoding mime-version accept accept-encoding allow-events event" +
		" subscription-state refer-sub timestamp p-early-media priority answer-mode retry-after reason "
	fieldsOfAddresses = " from to contact route record-route path service-route refer-to "
)

func among(list, name string) bool { return strings.Contains(list, " "+name+" ") }

// message redacts the text of a message. Its Content-Length is true for what stays of the body.
func (r *redactor) message(raw string) string {
	m := parseMessage(raw)
	out := message{start: r.start(m.start), whole: m.whole}
	body, media := "", ""
	if m.body != "" {
		kind, _ := m.value("Content-Type")
		body, media = r.body(kind, m.body)
	}
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "Content-Type") && m.whole {
			if media != "" {
				out.add(f.name, media)
			}
			continue
		}
		if value, stays := r.field(strings.ToLower(f.name), f.value); stays {
			out.add(f.name, value)
		}
	}
	out.body = body
	if m.whole {
		return out.String()
	}
	lines := out.start + "\r\n"
	for _, f := range out.fields {
		lines += f.name + ": " + f.value + "\r\n"
	}
	return lines
}

// start redacts a request line or a status line.
func (r *redactor) start(s string) string {
	parts := strings.SplitN(s, " ", 3)
	if len(parts) < 3 {
		return r.free(s)
	}
	if strings.HasPrefix(s, "SIP/") {
		return parts[0] + " " + parts[1] + " " + r.free(parts[2])
	}
	return parts[0] + " " + r.uri(parts[1]) + " " + parts[2]
}

// field redacts the value of a header field, named in lower case; stays is false for one that goes.
func (r *redactor) field(name, value string) (redacted string, stays bool) {
	switch {
	case among(fieldsKept, name):
		return r.labels(value), true
	case among(fieldsOfAddresses, name):
		parts := split(value, ',')
		for i, p := range parts {
			parts[i] = r.nameAddr(strings.TrimSpace(p))
		}
		return strings.Join(parts, ", "), true
	}
	switch name {
	case "via":
		parts := split(value, ',')
		for i, p := range parts {
			parts[i] = r.via(strings.TrimSpace(p))
		}
		return strings.Join(parts, ", "), true
	case "call-id":
		return r.id("call-", value), true
	case "session-id":
		id, params, _ := strings.Cut(value, ";")
		value = r.session(strings.TrimSpace(id))
		if other := param(params, "remote"); other != "" {
			value += ";remote=" + r.session(other)
		}
		return value, true
	case "replaces":
		id, params, _ := strings.Cut(value, ";")
		return r.id("call-", strings.TrimSpace(id)) + r.params(params), true
	case "warning":
		code, rest, _ := strings.Cut(value, " ")
		agent, text, _ := strings.Cut(rest, " ")
		return code + " " + r.hostPort(agent) + " " + r.free(text), true
	case "www-authenticate", "proxy-authenticate":
		return r.challenge(value), true
	case "authorization", "proxy-authorization": // that there were credentials is all that stays of them
		scheme, _, _ := strings.Cut(value, " ")
		return scheme + " masked", true
	}
	return "", false
}

// nameAddr redacts a display name, a URI and the parameters behind them.
func (r *redactor) nameAddr(value string) string {
	if value == "*" {
		return value
	}
	display, uri, params := address(value)
	out := ""
	if name := unescape(display); name != "" {
		out = `"` + r.name(name) + `" `
	}
	return out + "<" + r.uri(uri) + ">" + r.params(params)
}

// unescape reads a display name, quoted or not.
func unescape(display string) string {
	display = strings.TrimSpace(display)
	if len(display) < 2 || display[0] != '"' || display[len(display)-1] != '"' {
		return display
	}
	var b strings.Builder
	display = display[1 : len(display)-1]
	for i := 0; i < len(display); i++ {
		if display[i] == '\\' && i+1 < len(display) {
			i++
		}
		b.WriteByte(display[i])
	}
	return strings.TrimSpace(b.String())
}

// params keeps the parameters of a dialog and of a contact that say nothing about who it is.
func (r *redactor) params(params string) string {
	out := ""
	for _, p := range split(params, ';') {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(key) {
		case "tag", "to-tag", "from-tag":
			out += ";" + key + "=" + r.id("tag-", strings.Trim(value, `" `))
		case "expires", "q", "early-only", "lr", "isfocus":
			out += ";" + strings.TrimSpace(p)
		}
	}
	return out
}

// via redacts one hop (RFC 3261 section 20.42).
func (r *redactor) via(value string) string {
	head, params, _ := strings.Cut(value, ";")
	protocol, sentBy, _ := strings.Cut(strings.TrimSpace(head), " ")
	out := protocol + " " + r.hostPort(strings.TrimSpace(sentBy))
	for _, p := range split(params, ';') {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(key) {
		case "branch":
			out += ";" + key + "=" + r.branch(value)
		case "received", "maddr":
			out += ";" + key + "=" + strings.Trim(r.host(value), "[]")
		case "rport", "ttl", "alias", "keep":
			out += ";" + strings.TrimSpace(p)
		}
	}
	return out
}

// challenge keeps of a challenge what shows that there was one (RFC 7616 section 3.3).
func (r *redactor) challenge(value string) string {
	scheme, rest, _ := strings.Cut(value, " ")
	out := scheme
	for i, p := range split(rest, ',') {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(key) {
		case "realm":
			value = r.host(value)
		case "nonce":
			value = "xxx"
		case "algorithm", "qop", "stale":
		default:
			continue
		}
		if i > 0 {
			out += ","
		}
		out += " " + key + `="` + value + `"`
	}
	return out
}
