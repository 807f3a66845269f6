package message

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Cause is what Reason headers say of the end of a call (RFC 3326 section 2).
type Cause struct {
	Status int    // cause of protocol SIP, 0 when there is none
	Q850   int    // cause of protocol Q.850, 0 when there is none
	Text   string // the first text
}

// Reason is the Reason header for a Q.850 cause and a text; nil when there is nothing to say.
func Reason(q850 int, text string) sip.Header {
	var b strings.Builder
	switch {
	case q850 > 0:
		b.WriteString("Q.850;cause=" + strconv.Itoa(q850))
	case text != "":
		b.WriteString("SIP")
	default:
		return nil
	}
	if text != "" {
		b.WriteString(";text=" + quote(text))
	}
	return sip.NewHeader("Reason", b.String())
}

// StatusReason is the Reason header for a SIP status and a text.
func StatusReason(status int, text string) sip.Header {
	return sip.NewHeader("Reason", "SIP;cause="+strconv.Itoa(status)+";text="+quote(text))
}

// DisplayName writes a name as it stands between the quotes of a display name, which is how package sip keeps it.
func DisplayName(name string) string {
	quoted := quote(name)
	return quoted[1 : len(quoted)-1]
}

// PlainName is the opposite of DisplayName.
func PlainName(display string) string { return unquote(`"` + display + `"`) }

// quote writes a quoted-string (RFC 3261 section 25.1).
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// ReadReason reads every Reason header of a message. What cannot be read is left out.
func ReadReason(m sip.Message) Cause {
	var c Cause
	for _, h := range m.GetHeaders("Reason") {
		for _, value := range splitOutsideQuotes(h.Value(), ',') {
			c.read(value)
		}
	}
	return c
}

func (c *Cause) read(value string) {
	parts := splitOutsideQuotes(value, ';')
	protocol := strings.TrimSpace(parts[0])
	for _, p := range parts[1:] {
		key, v, _ := strings.Cut(p, "=")
		key, v = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(v)
		switch {
		case key == "text" && c.Text == "":
			c.Text = unquote(v)
		case key == "cause":
			n, err := strconv.Atoi(v)
			if err != nil {
				continue
			}
			if strings.EqualFold(protocol, "Q.850") && n > 0 && n < 128 {
				c.Q850 = n
			}
			if strings.EqualFold(protocol, "SIP") && n >= 100 && n < 700 {
				c.Status = n
			}
		}
	}
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	escaped := false
	for _, r := range s[1 : len(s)-1] {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}

// splitOutsideQuotes splits at the separator where it stands in no quoted-string. It returns at least one part.
func splitOutsideQuotes(s string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
