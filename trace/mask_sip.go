package trace

import "strings"

// secret stands for credentials, whatever their length was.
const secret = "xxx"

// redactMessage takes out of a SIP message what may not be kept. It goes by lines, over header fields and bodies alike,
// so that no odd framing hides a credential.
func redactMessage(raw string, c Capture, m Mask) string {
	if raw == "" || c == CaptureNone {
		return ""
	}
	r := redactor{mask: m, headersOnly: c == CaptureHeaders}
	r.out.Grow(len(raw))
	for rest := raw; rest != "" && !r.done; {
		line, end := cutLine(rest)
		rest = rest[len(line)+len(end):]
		r.line(line, end)
	}
	return r.out.String()
}

// cutLine splits off the first line and what ends it: CR LF, LF or a bare CR.
func cutLine(s string) (line, end string) {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0:
		return s, ""
	case strings.HasPrefix(s[i:], "\r\n"):
		return s[:i], s[i : i+2]
	}
	return s[:i], s[i : i+1]
}

type redactor struct {
	out         strings.Builder
	mask        Mask
	headersOnly bool
	done        bool   // the rest is not kept
	hiding      bool   // the header field being read is a credential, and so are its continuation lines
	loose       bool   // the last line ended otherwise than by CR LF, which not everybody takes for an end
	body        bool   // behind the empty line
	media       string // the media type of the body, or of the part of it, in lower case
}

func (r *redactor) line(line, end string) {
	if line == "" && !r.body {
		r.body, r.hiding = true, false
		r.done = r.headersOnly
		if !r.done {
			r.out.WriteString(end)
		}
		return
	}
	name, value, isField := strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	folded := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
	if r.hiding && (folded || r.loose && (!isField || strings.ContainsAny(name, " =\"<"))) {
		return
	}
	r.loose = end != "\r\n"
	r.hiding = isField && isCredential(name)
	if r.hiding {
		r.out.WriteString(line[:len(line)-len(value)] + hideCredential(value))
	} else {
		if isField && (strings.EqualFold(name, "Content-Type") || !r.body && strings.EqualFold(name, "c")) {
			r.media = strings.ToLower(value)
		}
		r.out.WriteString(r.content(line))
	}
	r.out.WriteString(end)
}

// isCredential names the header fields that carry a secret, or what a secret can be guessed from (RFC 3261 sections
// 20.6, 20.7 and 20.28, RFC 7616 section 3.5).
func isCredential(field string) bool {
	for _, name := range [...]string{"Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"} {
		if strings.EqualFold(field, name) {
			return true
		}
	}
	return false
}

// hideCredential keeps the scheme, which helps to find out why a server refused.
func hideCredential(value string) string {
	trimmed := strings.TrimLeft(value, " \t")
	lead := value[:len(value)-len(trimmed)]
	scheme, _, more := strings.Cut(trimmed, " ")
	if more {
		switch strings.ToLower(scheme) {
		case "digest", "basic", "bearer":
			return lead + scheme + " " + secret
		}
	}
	return lead + secret
}

// content redacts one line that is no credential as a whole.
func (r *redactor) content(line string) string {
	line = hideKeys(line)
	line = r.mask.uris(line)
	if r.mask.Numbers {
		line = r.mask.names(line)
		line = r.mask.session(line)
	}
	if r.mask.Digits && r.body {
		line = r.mask.tones(line, r.media)
	}
	return line
}

// hideKeys masks the secrets of a session description: SRTP keys (RFC 4568 section 6.1), ICE passwords (RFC 8839
// section 5.4) and the k= line (RFC 4566 section 5.12).
func hideKeys(line string) string {
	switch {
	case hasPrefixFold(line, "a=crypto:"):
		for at := range line {
			if hasPrefixFold(line[at:], "inline:") {
				return line[:at+len("inline:")] + secret
			}
		}
	case hasPrefixFold(line, "a=ice-pwd:"):
		return line[:len("a=ice-pwd:")] + secret
	case hasPrefixFold(line, "k="):
		return line[:len("k=")] + secret
	}
	return line
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// session masks a number as the user name or the telephone of a session description (RFC 4566 sections 5.2 and 5.6).
func (m Mask) session(line string) string {
	switch {
	case strings.HasPrefix(line, "o="):
		user, rest, found := strings.Cut(line[2:], " ")
		if found {
			return "o=" + m.number(user) + " " + rest
		}
	case strings.HasPrefix(line, "p="):
		return "p=" + m.number(line[2:])
	}
	return line
}

// tones masks DTMF in a body: "Signal=5" of application/dtmf-relay, a bare digit of application/dtmf, and the digits
// attribute of application/kpml-response+xml (RFC 4730 section 5.3).
func (m Mask) tones(line, media string) string {
	text := strings.TrimLeft(line, " \t")
	if hasPrefixFold(text, "Signal") {
		if at := strings.IndexAny(line, "=:"); at >= 0 {
			return line[:at+1] + maskAny(line[at+1:], "0123456789*#ABCDabcd")
		}
	}
	switch {
	case strings.Contains(media, "kpml"):
		return m.attribute(line, "digits=")
	case strings.Contains(media, "dtmf") && !hasPrefixFold(text, "Duration") && !strings.HasPrefix(text, "--"):
		return m.keys(line)
	}
	return line
}

// attribute masks the quoted values of an XML attribute.
func (m Mask) attribute(line, name string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(line, name)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString(name)
		line = after
		if after == "" {
			continue
		}
		if end := strings.IndexByte(after[1:], after[0]); end >= 0 {
			value := after[:end+1]
			out.WriteString(maskAny(value, "0123456789*#ABCDabcd"))
			line = after[end+1:]
		}
	}
}
