package page

import (
	"strings"
	"unicode/utf8"
)

// maxRaw is how much of one message is shown, in bytes. UDP cannot carry more; what TCP can is junk to a reader.
const maxRaw = 64 << 10

// Part is a stretch of a raw message. Class is "start", "mark", "name", "escape" or "" for ordinary text.
type Part struct{ Class, Text string }

// Line is a line of a raw message.
type Line []Part

// Text is the line as it was, with what cannot be seen made visible.
func (l Line) Text() string {
	var b strings.Builder
	for _, p := range l {
		b.WriteString(p.Text)
	}
	return b.String()
}

// rawLines splits a SIP message into lines and marks what a reader looks for: the start line, and in a request within
// a dialog the to-tag and the CSeq that tell it from a new one, and the direction of the media in the body.
func rawLines(raw string, inDialog bool) (lines []Line, cut bool) {
	if len(raw) > maxRaw {
		raw, cut = raw[:maxRaw], true
	}
	body := false
	for i, text := range strings.Split(strings.TrimRight(raw, "\r\n"), "\n") {
		text = strings.TrimSuffix(text, "\r")
		switch {
		case i == 0:
			lines = append(lines, Line{{Class: "start", Text: text}})
		case body:
			lines = append(lines, bodyLine(text))
		case text == "":
			body = true
			lines = append(lines, nil)
		default:
			lines = append(lines, headerLine(text, inDialog))
		}
	}
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return lines, cut
}

func headerLine(text string, inDialog bool) Line {
	name, value, found := strings.Cut(text, ":")
	if !found || strings.ContainsAny(name, " \t") && strings.TrimSpace(name) == "" {
		return Line{{Text: text}} // a folded line
	}
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "cseq":
		if inDialog {
			return Line{{Class: "mark", Text: text}}
		}
	case "to", "t":
		// The tag follows the address; a display name may contain ";tag=" too, but only before the closing bracket.
		from := max(strings.LastIndex(value, ">"), 0)
		if at := indexFold(value[from:], ";tag="); inDialog && at >= 0 {
			return Line{{Class: "name", Text: name + ":"}, {Text: value[:from+at]}, {Class: "mark", Text: value[from+at:]}}
		}
	}
	return Line{{Class: "name", Text: name + ":"}, {Text: value}}
}

// indexFold finds text whatever its case, in a value that need not be UTF-8.
func indexFold(value, text string) int {
	for i := 0; i+len(text) <= len(value); i++ {
		if strings.EqualFold(value[i:i+len(text)], text) {
			return i
		}
	}
	return -1
}

func bodyLine(text string) Line {
	switch strings.TrimSpace(text) {
	case "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive", "c=IN IP4 0.0.0.0":
		return Line{{Class: "mark", Text: text}}
	}
	return Line{{Text: text}}
}

// visible replaces what cannot be seen by its picture, in a part of its own.
func visible(l Line) Line {
	var out Line
	for _, p := range l {
		for p.Text != "" {
			at := strings.IndexFunc(p.Text, hidden)
			if at < 0 {
				out = append(out, p)
				break
			}
			if at > 0 {
				out = append(out, Part{Class: p.Class, Text: p.Text[:at]})
			}
			r, size := utf8.DecodeRuneInString(p.Text[at:])
			out = append(out, Part{Class: "escape", Text: picture(r)})
			p.Text = p.Text[at+size:]
		}
	}
	return out
}

func hidden(r rune) bool { return r != '\t' && treacherous(r) }

// sameLine tells which lines of a message the other side saw exactly so.
func sameLine(lines []Line) map[string]bool {
	seen := make(map[string]bool, len(lines))
	for _, l := range lines {
		seen[l.Text()] = true
	}
	return seen
}
