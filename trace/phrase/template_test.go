package phrase

import (
	"strings"
	"testing"
)

func TestTemplateFillsParametersPluralsAndElisions(t *testing.T) {
	for _, c := range []struct {
		lang           Lang
		template, want string
		args           []Arg
	}{
		{En, "{who} hung up", "Ann hung up", []Arg{With("who", "Ann")}},
		{En, "{n} {n|event|events}", "0 events", []Arg{Count("n", 0)}},
		{En, "{n} {n|event|events}", "1 event", []Arg{Count("n", 1)}},
		{En, "{n} {n|event|events}", "2 events", []Arg{Count("n", 2)}},
		{FrCA, "{n} {n|appel|appels}", "0 appel", []Arg{Count("n", 0)}},
		{FrCA, "{n} {n|appel|appels}", "1 appel", []Arg{Count("n", 1)}},
		{FrCA, "{n} {n|appel|appels}", "2 appels", []Arg{Count("n", 2)}},
		{FrCA, "le poste {de who}", "le poste de Marc", []Arg{With("who", "Marc")}},
		{FrCA, "le poste {de who}", "le poste d’Alice", []Arg{With("who", "Alice")}},
		{FrCA, "le poste {de who}", "le poste d’Émile", []Arg{With("who", "Émile")}},
		{FrCA, "le poste {de who}", "le poste de 101", []Arg{With("who", "101")}},
		{FrCA, "{que who}", "qu’Alice", []Arg{With("who", "Alice")}},
		{FrCA, "composé {le number}", "composé le 102", []Arg{With("number", "102")}},
		{FrCA, "composé {le number}", "composé alice", []Arg{With("number", "alice")}},
		{En, "{who} {missing}", "Ann {missing}", []Arg{With("who", "Ann")}},
		{En, "{who}", "{n|a|b}", []Arg{With("who", "{n|a|b}")}}, // what is put in is never read as a template
	} {
		parsed, err := parseTemplate(c.template)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.fill(c.lang, c.args); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.lang, c.template, got, c.want)
		}
	}
}

func TestBrokenTemplatesAreRefused(t *testing.T) {
	for _, s := range []string{"{who", "{}", "{a b}", "{n|one}", "{n|one|two|three}", "{de }", "{a{b}"} {
		if _, err := parseTemplate(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestMissingSentenceIsSeen(t *testing.T) {
	if got := En.Say("no.such.sentence"); got != "⟦no.such.sentence⟧" {
		t.Error(got)
	}
	if Lang("de").Say("word.busy") != En.Say("word.busy") {
		t.Error("a language that the catalogue has not does not fall back to English")
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "{who} hung up", "{n|a|b}{de x}", "{", "}", "{{a}}", "é{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseTemplate(s)
		if err != nil {
			return
		}
		if got := parsed.fill(FrCA, nil); got != s && !strings.Contains(s, "{") {
			t.Errorf("%q without parameters is filled in as %q", s, got)
		}
	})
}
