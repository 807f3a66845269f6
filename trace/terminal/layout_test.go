package terminal

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWidthCountsColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "→ ok": 4, "\u200b": 0} {
		if got := Width(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestWrapBreaksBetweenWordsAndKeepsNumbersWithTheirUnits(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"held for 28\u00a0s now", 11, []string{"held for", "28\u00a0s now"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"日本語", 4, []string{"日本", "語"}},
		{"x", 0, []string{"x"}},
	} {
		if diff := cmp.Diff(c.want, Wrap(c.text, c.width)); diff != "" {
			t.Errorf("%q in %d (-want +got):\n%s", c.text, c.width, diff)
		}
	}
}

func TestCutLeavesAnEllipsis(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{{"abcdef", 6, "abcdef"}, {"abcdef", 4, "abc…"}, {"ab cd", 4, "ab…"}, {"abc", 1, "…"}, {"abc", 0, ""}, {"日本語", 4, "日…"}} {
		if got := Cut(c.s, c.w); got != c.want {
			t.Errorf("Cut(%q, %d): %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

func TestPaintAddsNothingWithoutColour(t *testing.T) {
	if got := Painter(false).Paint(Red, "no"); got != "no" {
		t.Error(got)
	}
	if got := Painter(true).Paint(Red, "no"); got != "\x1b[31mno\x1b[0m" {
		t.Error(got)
	}
	if got := Painter(true).Paint(Red, ""); got != "" {
		t.Error(got)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two three", 7)
	f.Add("日本語 \u00a0 x", 1)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width > 1000 || !utf8.ValidString(s) {
			return
		}
		lines := Wrap(s, width)
		for _, l := range lines {
			if Width(l) > max(width, 2) {
				t.Errorf("%q is wider than %d", l, width)
			}
		}
		strip := func(s string) string { return strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s) }
		if strip(strings.Join(lines, "")) != strip(s) {
			t.Errorf("%q was changed to %q", s, lines)
		}
	})
}
