package page_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sidetone/trace/page"
)

func TestPlainShowsWhatWouldHideOrReorderText(t *testing.T) {
	for in, want := range map[string]string{
		"Reception":             "Reception",
		"Café Noël – 早上":        "Café Noël – 早上",
		"a\x00b\tc\nd":          "a␀b␉c␊d",
		"\x1b[31mred":           "␛[31mred",
		"101\u202e201":          "101<U+202E>201",
		"zero\u200bwidth":       "zero<U+200B>width",
		"\u2066isolated\u2069":  "<U+2066>isolated<U+2069>",
		"del\x7f c1\u009b":      "del␡ c1<U+009B>",
		"broken \xff\xfe bytes": "broken �� bytes",
		"private \U00100000":    "private <U+100000>",
	} {
		if got := page.Plain(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestPlainCutsWhatIsTooLongToBeAName(t *testing.T) {
	got := page.Plain(strings.Repeat("é", 70000))
	if n := utf8.RuneCountInString(got); n > 400 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d runes, ends with %q", n, got[len(got)-3:])
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\u202eb\x00")
	f.Fuzz(func(t *testing.T, in string) {
		got := page.Plain(in)
		if page.Plain(got) != got {
			t.Errorf("%q is not stable: %q", in, got)
		}
		if strings.ContainsAny(got, "\x00\n\r\u202e\u2066\u200b") {
			t.Errorf("%q still hides something: %q", in, got)
		}
	})
}
