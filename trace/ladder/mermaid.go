package ladder

import (
	"strconv"
	"strings"
)

// Mermaid writes the ladder as a sequence diagram of Mermaid, for a ticket or a wiki. Participants have an alias, so that any
// name is valid; whatever came over the wire stands in escaped text. A note over a lane is what never reached the wire or is
// missing there, a note over two lanes what could be heard. A hold is a rectangle around what happens in it.
func (l Ladder) Mermaid() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line("sequenceDiagram")
	line("    accTitle: ", mermaidText(l.Title))
	if len(l.Rows) == 0 {
		line("    participant L0 as ", mermaidText(l.Lang.Say("ladder.empty")))
		return b.String()
	}
	for i, lane := range l.Lanes {
		name := mermaidText(lane.Name)
		if below := together(lane.Address, lane.Transport); below != "" {
			name += "<br/>" + mermaidText(below)
		}
		line("    participant ", alias(i), " as ", name)
	}
	held, indent := 0, "    " // rows that the open rectangle still has
	for _, r := range l.Rows {
		if held > 0 {
			if held--; held == 0 || r.Kind == Band {
				held, indent = 0, "    "
				line("    end")
			}
		}
		if r.Kind == Band && r.Tone == Holding {
			line("    rect rgb(236, 232, 248)")
			held, indent = max(r.Rows, 1), "        "
		}
		line(indent, l.mermaidRow(r))
	}
	if held > 0 {
		line("    end")
	}
	return b.String()
}

func alias(lane int) string { return "L" + strconv.Itoa(lane) }

// mermaidRow is the statement that draws a row.
func (l Ladder) mermaidRow(r Row) string {
	text := mermaidText(together(r.Label, r.Note))
	if r.Offset != "" && r.Kind != Band {
		text = mermaidText(together(strings.TrimSpace(r.Offset+" "+inBrackets(r.Delta)), r.Label, r.Note))
	}
	from, to := alias(r.From), alias(r.To)
	switch r.Kind {
	case Arrow:
		return from + arrows[r.Dashed || r.Tone == Media] + to + ": " + text
	case Pill:
		return "Note over " + from + ": " + text
	case Hole:
		return "Note over " + from + ": ⋯ " + text
	default:
		if r.From == r.To {
			return "Note over " + from + ": " + text
		}
		return "Note over " + from + "," + to + ": " + text
	}
}

// arrows are those of messages, by whether they are drawn dashed.
var arrows = map[bool]string{false: "->>", true: "-->>"}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// mermaidText makes a text stand for itself in a diagram: what Mermaid, its HTML labels or its Markdown would read as more than a
// character becomes an entity of its own, #code;. A line end would end the statement.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case strings.ContainsRune("#;<>&\"'`%\\{}[]|*_~^$@=", r), r == ':' && b.Len() == 0:
			b.WriteString("#" + strconv.Itoa(int(r)) + ";")
		default:
			b.WriteRune(r)
		}
	}
	return keywordless(strings.TrimSpace(b.String()))
}

// keywordless keeps a text that is nothing but a keyword of Mermaid from being read as one: the word end closes a block.
func keywordless(s string) string {
	for _, word := range []string{"end", "wrap:", "nowrap:"} {
		if len(s) >= len(word) && strings.EqualFold(s[:len(word)], word) {
			return "#" + strconv.Itoa(int(s[0])) + ";" + s[1:]
		}
	}
	if s == "" {
		return "-"
	}
	return s
}
