package trace

import "strings"

// uriEnds are the bytes that no user part of a URI holds (RFC 3261 section 25.1).
const uriEnds = " \t\r\n<>\""

// uris masks passwords, and as configured telephone numbers, in every sip, sips and tel URI of a text.
func (m Mask) uris(s string) string {
	var out strings.Builder
	done := 0
	for at := 0; ; {
		colon := strings.IndexByte(s[at:], ':')
		if colon < 0 {
			break
		}
		at += colon + 1
		scheme := schemeBefore(s[:at-1])
		if scheme == "" {
			continue
		}
		user := userPart(s[at:], scheme)
		if masked := m.user(user); masked != user {
			out.WriteString(s[done:at])
			out.WriteString(masked)
			done = at + len(user)
		}
		at += len(user)
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// schemeBefore names the scheme that s ends with, or "".
func schemeBefore(s string) string {
	for _, scheme := range [...]string{"sips", "sip", "tel"} {
		head := len(s) - len(scheme)
		if head >= 0 && strings.EqualFold(s[head:], scheme) && (head == 0 || !isWord(s[head-1])) {
			return scheme
		}
	}
	return ""
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// userPart gives what of a URI behind its scheme names a user: user and password (RFC 3261 section 19.1.1), or the
// number of a tel URI.
func userPart(s, scheme string) string {
	if end := strings.IndexAny(s, uriEnds); end >= 0 {
		s = s[:end]
	}
	if at := strings.IndexByte(s, '@'); at >= 0 && scheme != "tel" {
		return s[:at]
	}
	// A number, or a number without a host, as people type it; an IPv4 address is none.
	if end := strings.IndexAny(s, ";?,:"); end >= 0 {
		s = s[:end]
	}
	if strings.Count(s, ".") == 3 {
		return ""
	}
	return s
}

// user masks a password, and as configured the number in front of it and of parameters.
func (m Mask) user(s string) string {
	user, _, hasPassword := strings.Cut(s, ":")
	name, params, hasParams := strings.Cut(user, ";")
	name = m.number(name)
	if hasParams {
		name += ";" + params
	}
	if hasPassword {
		name += ":" + secret
	}
	return name
}

// names masks display names that are numbers, in front of each "<".
func (m Mask) names(line string) string {
	out := []byte(line)
	for i := 1; i < len(line); i++ {
		if line[i] != '<' {
			continue
		}
		name := strings.TrimRight(line[:i], " \t")
		if quoted := strings.TrimSuffix(name, `"`); quoted != name {
			start := strings.LastIndexByte(quoted, '"') + 1
			copy(out[start:], m.number(quoted[start:]))
			continue
		}
		start := strings.LastIndexAny(name, ":,>") + 1
		copy(out[start:], m.number(name[start:]))
	}
	return string(out)
}
