package phrase

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestForeignTextIsMadeFitForASentence(t *testing.T) {
	for in, want := range map[string]string{
		"  Marie\t Tremblay \r\n": "Marie Tremblay", "\x1b[31mred": "[31mred", "a\u202eb\u200bc": "abc", "": "", "\xff\xfe": "",
		strings.Repeat("x", 200): strings.Repeat("x", maxForeign) + "…",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestUserOfAnAddress(t *testing.T) {
	for in, want := range map[string]string{
		"sip:101@example.com": "101", "sips:bob:secret@example.com;transport=tls": "bob", "tel:+1-514-555-0199;ext=3": "+1-514-555-0199",
		"<sip:102@10.1.0.9:5060>": "102", "102": "102", "sip:example.com": "example.com", "": "", "SIP:A@b?x=y": "A",
	} {
		if got := User(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("Marie\x00\x1b]0;x\x07")
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{Clean(s), User(s)} {
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxForeign+2 || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("%q: %q", s, got)
			}
		}
	})
}
