package export

import (
	"net/netip"
	"strings"
)

// schemeOf names the scheme of a URI that says who or where; "" for anything else.
func schemeOf(s string) string {
	scheme, _, found := strings.Cut(s, ":")
	if !found {
		return ""
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "sip", "sips", "tel", "im", "pres", "mailto", "http", "https":
		return scheme
	}
	return ""
}

// uri replaces who and where in a URI. Parameters that say neither stay (RFC 3261 section 19.1.1); header fields in it do
// not.
func (r *redactor) uri(s string) string {
	scheme, rest, _ := strings.Cut(s, ":")
	switch schemeOf(s) {
	case "tel":
		number, _, _ := strings.Cut(rest, ";")
		return scheme + ":" + r.user(number)
	case "http", "https", "mailto":
		return scheme + ":" + r.word(rest)
	case "":
		if strings.EqualFold(scheme, "urn") { // a service, like that of emergency calls (RFC 5031)
			return s
		}
		return r.word(s)
	}
	return scheme + ":" + r.rest(rest)
}

// rest replaces what of a SIP URI stands behind its scheme.
func (r *redactor) rest(s string) string {
	s, _, _ = strings.Cut(s, "?")
	user := ""
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		user, s = s[:at], s[at+1:]
		user, _, _ = strings.Cut(user, ":")
		user, _, _ = strings.Cut(user, ";")
		user = r.user(user) + "@"
	}
	host, params, _ := strings.Cut(s, ";")
	out := user
	if user == "" && isNumber(host) && !isEndpoint(host) { // as people type a number
		out += r.number(host)
	} else {
		out += r.hostPort(host)
	}
	for _, p := range split(params, ';') {
		key, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(key) {
		case "transport", "user", "lr", "method", "ttl", "ob":
			out += ";" + p
		case "maddr":
			out += ";" + key + "=" + r.host(value)
		}
	}
	return out
}

// user replaces the user part of a URI.
func (r *redactor) user(s string) string {
	if plain := strings.ReplaceAll(strings.ToLower(s), "%2b", "+"); isNumber(plain) {
		return r.number(plain)
	}
	return r.word(s)
}

// hostPort replaces the host of host:port.
func (r *redactor) hostPort(s string) string {
	host, port := s, ""
	if at := strings.LastIndexByte(s, ':'); at >= 0 && (strings.IndexByte(s, ':') == at || s[at-1] == ']') {
		host, port = s[:at], s[at:]
		if strings.Trim(port, ":0123456789") != "" {
			port = ""
		}
	}
	return r.host(host) + port
}

// free replaces, in a text that somebody wrote, every URI, every address, and everything that was replaced elsewhere.
func (r *redactor) free(s string) string { return r.known(r.located(s), 3) }

// labels replaces only addresses and names, for a text in which a number is mostly none of a telephone.
func (r *redactor) labels(s string) string { return r.known(r.located(s), 1000) }

// located replaces the URIs and addresses in a text.
func (r *redactor) located(s string) string {
	var b strings.Builder
	for s != "" {
		end := strings.IndexAny(s, " \t\"<>(),;=") // the bytes between which a URI or an address stands
		if end == 0 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		if end < 0 {
			end = len(s)
		}
		token := s[:end]
		s = s[end:]
		trimmed := strings.TrimRight(token, ".:!?")
		switch {
		case schemeOf(trimmed) != "":
			b.WriteString(r.uri(trimmed))
		case isEndpoint(trimmed):
			b.WriteString(r.place(trimmed))
		case strings.Contains(trimmed, "@"):
			b.WriteString(r.rest(trimmed))
		default:
			b.WriteString(trimmed)
		}
		b.WriteString(token[len(trimmed):])
	}
	return b.String()
}

// place replaces an address, with or without a port.
func (r *redactor) place(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return r.address(a).String()
	}
	return r.endpoint(s)
}

// known replaces what is known to identify somebody, where it stands as a word of its own. Numbers of fewer digits than
// the least are left.
func (r *redactor) known(s string, least int) string {
	for _, o := range r.originals {
		if len(o.text) < 2 || o.number && len(o.text) < least {
			continue
		}
		s = r.swap(s, o)
	}
	return s
}

// swap replaces one original wherever it stands between two bytes that belong to no word. ASCII letters of either case are
// the same; so the text keeps its length while it is searched.
func (r *redactor) swap(s string, o original) string {
	lower, sought := lowerASCII(s), lowerASCII(o.text)
	var b strings.Builder
	from := 0
	for {
		at := strings.Index(lower[from:], sought)
		if at < 0 {
			break
		}
		start, end := from+at, from+at+len(sought)
		before, after := start == 0 || !wordByte(s[start-1]), end == len(s) || !wordByte(s[end])
		if !before || !after {
			b.WriteString(s[from : start+1])
			from = start + 1
			continue
		}
		b.WriteString(s[from:start])
		switch found := s[start:end]; {
		case o.number:
			b.WriteString(r.number(found))
		case o.host:
			b.WriteString(r.host(found))
		default:
			b.WriteString(r.word(found))
		}
		from = end
	}
	b.WriteString(s[from:])
	return b.String()
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
