package ladder_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

func svg(t *testing.T, l ladder.Ladder, o ladder.SVGOptions) string {
	t.Helper()
	var b strings.Builder
	if err := l.SVG(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads a drawing strictly and gives its start tags.
func elements(t *testing.T, drawing string) []xml.StartElement {
	t.Helper()
	var out []xml.StartElement
	d := xml.NewDecoder(strings.NewReader(drawing))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, drawing)
		}
		if e, ok := token.(xml.StartElement); ok {
			out = append(out, e.Copy())
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestDrawingCanBeSelectedAndReadAloud(t *testing.T) {
	l := build("answered")
	selected := l.Rows[3].ID
	ids := map[string]bool{}
	groups, tabbed := 0, 0
	for i, e := range elements(t, svg(t, l, ladder.SVGOptions{Prefix: "l-", Selected: selected})) {
		if i == 0 && (attr(e, "role") == "" || attr(e, "aria-labelledby") == "" || attr(e, "lang") != "en") {
			t.Errorf("the drawing has no name: %+v", e)
		}
		if id := attr(e, "id"); id != "" {
			if ids[id] || !strings.HasPrefix(id, "l-") {
				t.Errorf("id %q", id)
			}
			ids[id] = true
		}
		if attr(e, "data-evidence") == "" {
			continue
		}
		groups++
		if attr(e, "aria-label") == "" || attr(e, "role") == "" {
			t.Errorf("row %s cannot be read aloud", attr(e, "id"))
		}
		if attr(e, "tabindex") == "0" {
			tabbed++
		}
		if on := strings.Contains(attr(e, "class"), "selected"); on != (attr(e, "id") == "l-"+selected) || on != (attr(e, "aria-current") == "true") {
			t.Errorf("%s: selected %v", attr(e, "id"), on)
		}
	}
	if groups != len(l.Rows) || tabbed != 1 {
		t.Errorf("%d groups of %d rows, %d in the tab order", groups, len(l.Rows), tabbed)
	}
}

func TestDrawingOnAPageHasNoStyleOfItsOwn(t *testing.T) {
	got := svg(t, build("answered"), ladder.SVGOptions{})
	for _, e := range elements(t, got) {
		if e.Name.Local == "style" || attr(e, "style") != "" {
			t.Errorf("%+v would be refused by a strict policy", e)
		}
	}
	alone := svg(t, build("answered"), ladder.SVGOptions{Standalone: true})
	if !strings.Contains(alone, "<style>") || !strings.Contains(alone, "prefers-color-scheme:dark") || strings.Contains(alone, "tabindex") {
		t.Error("a standalone drawing has no colours of its own")
	}
}

func TestStyleSheetHasAFallbackForEveryColour(t *testing.T) {
	for _, part := range strings.Split(ladder.StyleSheet, "var(--")[1:] {
		inside, _, _ := strings.Cut(part, ")")
		if !strings.Contains(inside, ",") {
			t.Errorf("var(--%s) has no fallback", inside)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	views := calltest.Answered()
	evil := `"><script>alert(1)</script>&amp;'` + "\x00\x1b\ufffe\u202e"
	for v := range views {
		views[v].Name = evil
		for i := range views[v].Events {
			switch d := views[v].Events[i].Data.(type) {
			case trace.Initiated:
				d.From.Name, d.To.Name = evil, evil+"2"
				views[v].Events[i].Data = d
			case trace.SIP:
				d.Method, d.Reason, d.Remote, d.Local = d.Method+evil, evil, evil, evil
				views[v].Events[i].Data = d
			}
		}
	}
	for _, lang := range phrase.Langs() {
		for _, e := range elements(t, svg(t, ladder.Build(views, lang), ladder.SVGOptions{Prefix: evil, Selected: evil})) {
			if e.Name.Local == "script" {
				t.Error("a script came through")
			}
		}
	}
}

func TestEveryScriptedDrawingIsWellFormed(t *testing.T) {
	for name, script := range calltest.Calls() {
		for _, lang := range phrase.Langs() {
			for _, standalone := range []bool{true, false} {
				drawing := svg(t, ladder.Build(script(), lang), ladder.SVGOptions{Standalone: standalone})
				elements(t, drawing)
				if strings.Contains(drawing, "⟦") || strings.Contains(drawing, "%!") {
					t.Errorf("%s %s: something is missing", name, lang)
				}
			}
		}
	}
}
