package digest

import "strings"

// scheme is the only one that SIP knows (RFC 8760 section 2.6).
const scheme = "Digest"

// fields are a scheme and its parameters: one challenge, or the credentials that answer one.
type fields struct {
	scheme string
	params map[string]string // names in lower case; values as they stand, without their quotes
}

// readFields reads the value of a WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization header. Several
// challenges may share a header: a word that no "=" follows begins the next one (RFC 9110 section 11.6.1). A parameter given
// twice has its first value; one that breaks the grammar is left out.
func readFields(value string) []fields {
	var all []fields
	for _, part := range splitList(value) {
		name, v, isParam := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if i := strings.LastIndexAny(name, " \t"); i >= 0 || !isParam {
			word := name
			if isParam {
				word, name = strings.TrimSpace(name[:i]), name[i+1:]
			}
			all = append(all, fields{scheme: word, params: map[string]string{}})
		}
		if !isParam || len(all) == 0 {
			continue
		}
		params := all[len(all)-1].params
		name = strings.ToLower(name)
		if _, given := params[name]; given {
			continue
		}
		if v, sound := unquote(strings.TrimSpace(v)); sound {
			params[name] = v
		}
	}
	return all
}

// splitList splits at the commas that stand in no quoted-string, and leaves out what is empty.
func splitList(s string) []string {
	var parts []string
	start, quoted := 0, false
	add := func(part string) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			add(s[start:i])
			start = i + 1
		}
	}
	add(s[start:])
	return parts
}

// unquote takes the quotes off, and tells whether the value was sound. Escapes stay: what a digest is computed from is the
// string as it is written (RFC 7616 section 3.4, unq).
func unquote(s string) (string, bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, !strings.ContainsAny(s, "\"\\")
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], i == len(s)-1
		}
	}
	return "", false
}

// escape writes a text so that it may stand between quotes (RFC 3261 section 25.1).
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
