package export

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/story"
)

// csvHeader names the columns. The last one is what the event itself holds, as JSON.
const csvHeader = "device,boot,seq,ts,mono_us,clk,call,leg,n,kind,method,status,local,remote,step,data\r\n"

// writeCSV writes one line an event, in causal order (RFC 4180). Times are the device's own; step is the sentence of the
// story that the event proves, in the line of the event that proves it first.
func writeCSV(b *bytes.Buffer, c call) error {
	said := map[trace.EventRef]string{}
	for _, s := range story.Tell(c.views, c.lang).Steps {
		if len(s.Evidence) > 0 {
			said[s.Evidence[0]] = s.Sentence
		}
	}
	b.WriteString(csvHeader)
	for _, l := range trace.Merge(c.views) {
		e := l.Event
		var data bytes.Buffer
		enc := json.NewEncoder(&data)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e.Data); err != nil {
			return err
		}
		var method, status, local, remote string
		if m, ok := e.Data.(trace.SIP); ok {
			method, local, remote = m.Method, m.Local, m.Remote
			if !m.IsRequest() {
				status = strconv.Itoa(m.Status)
			}
		}
		for i, cell := range [...]string{
			l.Ref.Device, e.Boot.String(), strconv.FormatUint(e.Seq, 10), e.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
			strconv.FormatInt(int64(e.Mono/time.Microsecond), 10), string(e.Clock), e.Call, strconv.Itoa(e.Leg), strconv.Itoa(e.N), string(e.Kind),
			method, status, local, remote, said[l.Ref], disarm(strings.TrimSpace(data.String())),
		} {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(cell))
		}
		b.WriteString("\r\n")
	}
	return nil
}

// quote writes a cell. What a spreadsheet would take for a formula begins with an apostrophe, which it shows as text.
func quote(cell string) string {
	if cell == "" {
		return ""
	}
	if strings.IndexByte(formula, cell[0]) >= 0 {
		cell = "'" + cell
	}
	if !strings.ContainsAny(cell, "\",;\t\r\n' ") {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// formula are the bytes that a formula, or a cell that hides one, begins with.
const formula = "=+-@\t\r\n"

// disarm escapes, inside a JSON text, what would begin a formula where a spreadsheet splits cells otherwise than we do.
// Such a byte can only stand in a string there, so the text means the same.
func disarm(text string) string {
	var b strings.Builder
	inside := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '"' && (i == 0 || !escaped(text, i)):
			inside = !inside
			b.WriteByte(c)
		case inside && strings.IndexByte("=+-@", c) >= 0 && strings.IndexByte(",;|", text[i-1]) >= 0:
			b.WriteString(`\u00` + strconv.FormatInt(int64(c), 16))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaped tells whether an odd number of backslashes stands before i.
func escaped(text string, i int) bool {
	n := 0
	for i--; i >= 0 && text[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}
