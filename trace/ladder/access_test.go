package ladder_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

func TestEveryRowOfADrawingHasATextAlternative(t *testing.T) {
	for name, script := range calltest.Calls() {
		for _, lang := range phrase.Langs() {
			l := ladder.Build(script(), lang)
			for _, standalone := range []bool{true, false} {
				all := elements(t, svg(t, l, ladder.SVGOptions{Standalone: standalone}))
				ids := map[string]string{}
				named := 0
				for _, e := range all {
					ids[attr(e, "id")] = e.Name.Local
					if !strings.HasPrefix(attr(e, "class"), "row ") {
						continue
					}
					role := "button"
					if standalone || attr(e, "data-evidence") == "" {
						role = "img"
					}
					said := attr(e, "aria-label")
					if attr(e, "role") != role || !strings.Contains(said, l.Rows[named].Label) {
						t.Errorf("%s: row %d is a %q called %q", name, named, attr(e, "role"), said)
					}
					if r := l.Rows[named]; r.Kind == ladder.Arrow && (!strings.Contains(said, l.Lanes[r.From].Name) || !strings.Contains(said, l.Lanes[r.To].Name)) {
						t.Errorf("%s: %q does not say from whom to whom", name, said)
					}
					named++
				}
				if named != len(l.Rows) {
					t.Errorf("%s: %d of %d rows", name, named, len(l.Rows))
				}
				if ids[attr(all[0], "aria-labelledby")] != "title" || ids[attr(all[0], "aria-describedby")] != "desc" {
					t.Errorf("%s: the drawing has no title or no description", name)
				}
			}
		}
	}
}

var colour = regexp.MustCompile(`--([a-z0-9-]+):(#[0-9a-f]{3,6})`)

// palettes reads the colours of a standalone drawing: light, dark and on paper.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	_, css, _ := strings.Cut(svg(t, build("busy"), ladder.SVGOptions{Standalone: true}), "color-scheme:light dark")
	light, rest, a := strings.Cut(css, "@media screen and (prefers-color-scheme:dark)")
	dark, paper, b := strings.Cut(rest, "@media print")
	if !a || !b {
		t.Fatal("no colours for the dark or for paper")
	}
	out := map[string]map[string]string{"light": {}, "dark": {}, "print": {}}
	for name, part := range map[string]string{"light": light, "dark": dark, "print": paper} {
		for _, m := range colour.FindAllStringSubmatch(light, -1) { // what a palette does not change
			out[name][m[1]] = m[2]
		}
		for _, m := range colour.FindAllStringSubmatch(part, -1) {
			out[name][m[1]] = m[2]
		}
	}
	return out
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(hex string) float64 {
	if len(hex) == 4 {
		hex = fmt.Sprintf("#%c%c%c%c%c%c", hex[1], hex[1], hex[2], hex[2], hex[3], hex[3])
	}
	var rgb [3]int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return math.NaN()
	}
	var part [3]float64
	for i, c := range rgb {
		if v := float64(c) / 255; v <= 0.04045 {
			part[i] = v / 12.92
		} else {
			part[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*part[0] + 0.7152*part[1] + 0.0722*part[2]
}

func TestStandaloneDrawingCanBeReadLightDarkAndOnPaper(t *testing.T) {
	words := map[string][]string{ // WCAG 2.1 success criterion 1.4.3
		"ink": {"card", "line-2", "bad-soft", "held-soft"}, "ink-2": {"card"}, "accent": {"card", "accent-soft"},
		"bad": {"card", "bad-soft"}, "held": {"card", "held-soft"}, "warn": {"warn-soft"},
	}
	shapes := map[string][]string{ // 1.4.11
		"ink": {"card"}, "ink-3": {"card"}, "good": {"card"}, "bad": {"card"}, "held": {"card"}, "accent": {"card"}, "warn": {"card"},
	}
	for name, palette := range palettes(t) {
		for least, pairs := range map[float64]map[string][]string{4.5: words, 3: shapes} {
			for what, on := range pairs {
				for _, ground := range on {
					a, b := luminance(palette[what]), luminance(palette[ground])
					if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !(ratio >= least) {
						t.Errorf("%s: %s on %s has a contrast of %.2f", name, what, ground, ratio)
					}
				}
			}
		}
	}
}

func TestDrawingIsReadableInForcedColours(t *testing.T) {
	_, forced, ok := strings.Cut(ladder.StyleSheet, "@media (forced-colors: active)")
	if !ok {
		t.Fatal("no rules for forced colours")
	}
	for _, part := range []string{"text", ".a", ".l", ".b", ".pill", ".gap", ".bar", ".sel"} {
		if !strings.Contains(forced, part) {
			t.Errorf("%s keeps a colour that the person has replaced", part)
		}
	}
	if strings.Contains(forced[:strings.Index(forced, "\n}")], "#") {
		t.Error("a colour of our own in forced colours")
	}
}

// What a colour says is said by a shape too.
func TestDrawingIsReadableWithoutColour(t *testing.T) {
	held := svg(t, build("answered"), ladder.SVGOptions{})
	if strings.Count(held, `fill="url(#ladder-hatch)"`) < 2*3 { // each hold: its band and two bars
		t.Error("a hold is not hatched")
	}
	if !strings.Contains(svg(t, build("lossy"), ladder.SVGOptions{}), `stroke-dasharray="5 4"`) {
		t.Error("a retransmission is not dashed")
	}
}
