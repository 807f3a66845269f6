package browse

import (
	"encoding/json"
	"strings"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

// maxText bounds what is shown of one message, in bytes: UDP cannot carry more.
const maxText = 64 << 10

// messageLines show what the selected row stands for: a message as it crossed the wire, or the record of what never did.
func (c *call) messageLines(width int, o Options) []Line {
	raw, e, known := c.raw(c.row)
	if !known {
		return nil
	}
	r := c.ladder.Rows[c.row]
	m, isMessage := e.Data.(trace.SIP)
	var out []Line
	about := c.lane(r.From)
	if r.Kind == ladder.Arrow && isMessage {
		about += " → " + c.lane(r.To) + " · " + strings.ToUpper(phrase.Clean(m.Transport))
	}
	about += " · " + e.At.In(o.Location).Format("15:04:05.000")
	out = append(out, Line{{Colour: terminal.Bold, Text: r.Label + " "}, {Colour: terminal.Faint, Text: about}}.cut(width))
	if !isMessage {
		return append(out, eventLines(e, width, o.Lang)...)
	}
	if says := meaning(m, o.Lang); says != "" {
		for _, l := range terminal.Wrap(says, width) {
			out = append(out, words(terminal.Cyan, terminal.Plain(l)))
		}
	}
	if raw == "" {
		return append(out, words(terminal.Faint, o.Lang.Say("browse.no-raw")).cut(width))
	}
	for i, l := range rawLines(raw) {
		for _, piece := range chop(l, width) {
			out = append(out, rawLine(piece, i == 0))
		}
	}
	return out
}

// rawLines are the lines of a message, fit to be shown.
func rawLines(raw string) []string {
	raw = raw[:min(len(raw), maxText)]
	lines := strings.Split(strings.TrimRight(raw, "\r\n"), "\n")
	for i := range lines {
		lines[i] = visible(strings.TrimSuffix(lines[i], "\r"))
	}
	return lines
}

// rawLine colours what a reader looks for: the first line, names of header fields, and which way the sound goes.
func rawLine(text string, first bool) Line {
	switch strings.TrimSpace(text) {
	case "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive", "c=IN IP4 0.0.0.0": // RFC 4566 section 6, RFC 3264 section 8.4
		return words(terminal.Violet, text)
	}
	if first {
		return words(terminal.Bold, text)
	}
	name, value, isField := strings.Cut(text, ":")
	if !isField || strings.ContainsAny(name, " =") {
		return words("", text)
	}
	return Line{{Colour: terminal.Blue, Text: name + ":"}, {Text: value}}
}

// eventLines tell an event that is no message in a sentence, and as it was recorded.
func eventLines(e trace.Event, width int, lang phrase.Lang) []Line {
	var out []Line
	for _, l := range terminal.Wrap(story.Describe(e, lang), width) {
		out = append(out, words("", terminal.Plain(l)))
	}
	out = append(out, words(terminal.Faint, visible(string(e.Kind))))
	text, err := json.MarshalIndent(e.Data, "", "  ")
	if err != nil {
		return out
	}
	for _, l := range rawLines(string(text)) {
		for _, piece := range chop(l, width) {
			out = append(out, words("", piece))
		}
	}
	return out
}
