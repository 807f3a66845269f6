package page_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"sidetone/trace/page"
)

var colour = regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{3,6});`)

// palettes reads the colours of the style sheet, light and dark.
func palettes(t *testing.T) [2]map[string]string {
	t.Helper()
	css := string(page.Assets()["page.css"])
	light, rest, found := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("no dark colours")
	}
	both := [2]map[string]string{{}, {}}
	for i, part := range []string{light, rest} {
		for _, m := range colour.FindAllStringSubmatch(part, -1) {
			if _, known := both[i][m[1]]; !known {
				both[i][m[1]] = m[2]
			}
		}
	}
	return both
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(hex string) float64 {
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%c%c%c%c%c", hex[0], hex[0], hex[1], hex[1], hex[2], hex[2])
	}
	var rgb [3]int
	if _, err := fmt.Sscanf(hex, "%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return math.NaN()
	}
	var part [3]float64
	for i, c := range rgb {
		v := float64(c) / 255
		if v <= 0.04045 {
			part[i] = v / 12.92
		} else {
			part[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*part[0] + 0.7152*part[1] + 0.0722*part[2]
}

func TestTextCanBeReadOnEveryGroundItStandsOn(t *testing.T) {
	grounds := map[string][]string{
		"ink":    {"paper", "card", "accent-soft", "good-soft", "warn-soft", "bad-soft", "held-soft", "line-2"},
		"ink-2":  {"paper", "card", "accent-soft", "line", "line-2"},
		"ink-3":  {"paper", "card", "line-2"},
		"accent": {"card", "accent-soft", "line-2"},
		"good":   {"card", "good-soft", "line-2"},
		"warn":   {"card", "warn-soft", "line-2"},
		"bad":    {"card", "bad-soft", "line-2"},
		"held":   {"card", "held-soft", "accent-soft"},
	}
	for i, palette := range palettes(t) {
		for text, on := range grounds {
			for _, ground := range on {
				a, b := luminance(palette[text]), luminance(palette[ground])
				ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05)
				if !(ratio >= 4.5) { // WCAG 2.1 success criterion 1.4.3
					t.Errorf("%s: %s on %s has a contrast of %.2f", [2]string{"light", "dark"}[i], text, ground, ratio)
				}
			}
		}
	}
}
