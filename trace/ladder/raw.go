package ladder

import "strings"

// body is what follows the headers of a captured message, "" when nothing does.
func body(raw string) string {
	for _, gap := range []string{"\r\n\r\n", "\n\n"} {
		if _, rest, ok := strings.Cut(raw, gap); ok {
			return rest
		}
	}
	return ""
}

// header is the first value of a header of a captured message, by its name or its compact form (RFC 3261 section 7.3.3), on
// one line.
func header(raw, name, compact string) string {
	value, found := "", false
	for i := 0; raw != ""; i++ {
		var line string
		line, raw, _ = strings.Cut(raw, "\n")
		line = strings.TrimSuffix(line, "\r")
		switch {
		case i == 0: // the request line or status line
			continue
		case line == "":
			return value
		case line[0] == ' ' || line[0] == '\t': // folded (RFC 3261 section 7.3.1)
			if found {
				value += " " + strings.TrimSpace(line)
			}
			continue
		case found:
			return value
		}
		field, rest, _ := strings.Cut(line, ":")
		if field = strings.TrimSpace(field); strings.EqualFold(field, name) || (compact != "" && strings.EqualFold(field, compact)) {
			value, found = strings.TrimSpace(rest), true
		}
	}
	return value
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r")
}

// requestURI is what a captured request asks for, "" for anything else.
func requestURI(raw string) string {
	if parts := strings.Split(firstLine(raw), " "); len(parts) == 3 && parts[2] == "SIP/2.0" {
		return parts[1]
	}
	return ""
}

// unescape undoes the escapes of a URI (RFC 3261 section 19.1.2); what is none stays as it is.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return strings.IndexByte("0123456789abcdef", c)
}
