package export

import "strings"

// body redacts a body and says of what type it still is, "" when nothing of it stays. Only session descriptions, the
// status lines that tell of a transfer (RFC 3515 section 2.4.5) and keyed digits, which are masked already, do.
func (r *redactor) body(kind, body string) (redacted, media string) {
	media, _, _ = strings.Cut(kind, ";")
	switch media = strings.ToLower(strings.TrimSpace(media)); media {
	case "application/sdp":
		return r.description(body), media
	case "message/sipfrag":
		first, _, _ := strings.Cut(body, "\n")
		return r.start(strings.TrimRight(first, "\r")) + "\r\n", media
	case "application/dtmf-relay", "application/dtmf":
		return body, media
	}
	return "", ""
}

// attributesKept are those of a session description that say how, and not who or where (RFC 4566 section 6, RFC 3605, RFC 4568).
const attributesKept = " rtpmap fmtp ptime maxptime sendrecv sendonly recvonly inactive rtcp-mux mid group setup crypto silencesupp rtcp-fb "

// description redacts a session description line by line.
func (r *redactor) description(body string) string {
	var b strings.Builder
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, found := strings.Cut(line, "=")
		if !found {
			continue
		}
		switch kind {
		case "v", "t", "m", "b":
		case "s":
			value = "-"
		case "o":
			value = r.origin(value)
		case "c":
			value = r.connection(value)
		case "a":
			name, _, _ := strings.Cut(value, ":")
			name = strings.ToLower(name)
			switch {
			case name == "rtcp":
				port, where, _ := strings.Cut(value, " ")
				value = port
				if where != "" {
					value += " " + r.connection(where)
				}
			case !among(attributesKept, name):
				continue
			}
		default: // i, u, e, p: who and where; k: a key
			continue
		}
		b.WriteString(kind + "=" + value + "\r\n")
	}
	return b.String()
}

// origin redacts the o= line: the user, and the address that the session was made at (RFC 4566 section 5.2).
func (r *redactor) origin(value string) string {
	parts := strings.Fields(value)
	if len(parts) != 6 {
		return "- 0 0 IN IP4 0.0.0.0"
	}
	return "- " + parts[1] + " " + parts[2] + " " + r.connection(strings.Join(parts[3:], " "))
}

// connection redacts "IN IP4 10.0.0.1/127".
func (r *redactor) connection(value string) string {
	parts := strings.Fields(value)
	if len(parts) != 3 {
		return "IN IP4 0.0.0.0"
	}
	host, ttl, found := strings.Cut(parts[2], "/")
	host = strings.Trim(r.host(host), "[]")
	if found {
		host += "/" + ttl
	}
	return parts[0] + " " + parts[1] + " " + host
}
