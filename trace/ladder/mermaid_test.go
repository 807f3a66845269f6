package ladder_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

// The part of Mermaid's grammar for sequence diagrams that a ladder is written in.
const (
	mermaidWord  = `(?:[^\x00-\x1f\x7f#;<>&"'\x60%\\{}\[\]|*_~^$@=]|#[0-9]+;)`
	mermaidWords = mermaidWord + `+`
)

var statements = map[string]*regexp.Regexp{
	"title":       regexp.MustCompile(`^    accTitle: ` + mermaidWords + `$`),
	"participant": regexp.MustCompile(`^    participant (L[0-9]+) as ` + mermaidWords + `(?:<br/>` + mermaidWords + `)?$`),
	"message":     regexp.MustCompile(`^ {4}(?: {4})?(L[0-9]+)-?->>(L[0-9]+): ` + mermaidWords + `$`),
	"note":        regexp.MustCompile(`^ {4}(?: {4})?Note over (L[0-9]+)(?:,(L[0-9]+))?: ` + mermaidWords + `$`),
	"rect":        regexp.MustCompile(`^    rect rgb\([0-9]+, [0-9]+, [0-9]+\)$`),
	"end":         regexp.MustCompile(`^    end$`),
}

// checkMermaid fails when a diagram is none, and counts its statements.
func checkMermaid(t *testing.T, diagram string) map[string]int {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(diagram, "\n"), "\n")
	if lines[0] != "sequenceDiagram" {
		t.Fatalf("begins with %q", lines[0])
	}
	count, known, open := map[string]int{}, map[string]bool{"": true}, 0
	for _, line := range lines[1:] {
		kind, lanes := statement(line)
		count[kind]++
		switch kind {
		case "":
			t.Errorf("not a statement: %q", line)
		case "participant":
			known[lanes[0]] = true
		case "rect":
			open++
		case "end":
			open--
		}
		for _, lane := range lanes {
			if !known[lane] {
				t.Errorf("%s is no participant: %q", lane, line)
			}
		}
		if open < 0 || open > 1 {
			t.Errorf("%d open rectangles after %q", open, line)
		}
	}
	if open != 0 {
		t.Error("a rectangle is not closed")
	}
	return count
}

func statement(line string) (kind string, lanes []string) {
	for kind, form := range statements {
		if m := form.FindStringSubmatch(line); m != nil {
			return kind, m[1:]
		}
	}
	return "", nil
}

func TestEveryDiagramIsValidAndHasEveryRow(t *testing.T) {
	for name, script := range calltest.Calls() {
		for _, lang := range phrase.Langs() {
			l := ladder.Build(script(), lang)
			count := checkMermaid(t, l.Mermaid())
			if got := count["message"]; got != len(rows(l, ladder.Arrow)) || count["note"] != len(l.Rows)-got || count["participant"] != len(l.Lanes) {
				t.Errorf("%s %s: %v of %d rows", name, lang, count, len(l.Rows))
			}
			if held := count["rect"]; (held > 0) != strings.Contains(l.Text(80), "▒") {
				t.Errorf("%s: %d rectangles", name, held)
			}
		}
	}
	for _, name := range calltest.Recorded(t, "../testdata") {
		checkMermaid(t, ladder.Build(call(t, name), phrase.FrCA).Mermaid())
	}
	checkMermaid(t, ladder.Build(nil, phrase.En).Mermaid())
}

// hostile are texts that would be more than a text in a diagram.
var hostile = []string{
	"end", "END of line", "a;b", "a#35;b", "#", "%% comment", "L0->>L1: x", "<script>alert(1)</script>", "<br/>", "line\nbreak\r\n    end", "participant X",
	"$$x^2$$", "**bold** _it_ `code`", "wrap:x", "\"quoted'", "\\n", "{json}", "[a](b)", ": colon", "@{ \"type\": 1 }", "\u2028", "日本", "", " ", "&lt;", "+-x",
}

func TestHostileNamesAndWordsStayTextInADiagram(t *testing.T) {
	for i, evil := range hostile {
		views := edit(calltest.Answered(), func(m *trace.SIP) { m.Reason, m.Method, m.SDP = evil, m.Method+evil, trace.MediaDirection(evil) })
		for v := range views {
			views[v].Name = evil
			for j := range views[v].Events {
				switch d := views[v].Events[j].Data.(type) {
				case trace.Initiated:
					d.From.Name, d.To.Name = evil, hostile[(i+1)%len(hostile)]
					views[v].Events[j].Data = d
				case trace.Media:
					d.Codec = evil
					views[v].Events[j].Data = d
				}
			}
		}
		l := ladder.Build(views, phrase.En)
		count := checkMermaid(t, l.Mermaid())
		if count["message"] != len(rows(l, ladder.Arrow)) {
			t.Errorf("%q: %v", evil, count)
		}
	}
}

func FuzzMermaid(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(noise(seed, 30), fmt.Sprint(hostile[seed]))
	}
	f.Fuzz(func(t *testing.T, b []byte, evil string) {
		views := edit(calltest.Remix(b), func(m *trace.SIP) { m.Reason, m.Remote = evil, evil })
		checkMermaid(t, ladder.Build(views, phrase.En).Mermaid())
	})
}
