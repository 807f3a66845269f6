package phrase

import (
	"compress/flate"
	_ "embed" // the catalogue
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The catalogue, catalogue/*.tsv: one sentence a line, its key, then English, then Canadian French, between tabs. On flash it takes
// less than a third of its length: packed is all of it deflated (RFC 1951), the table of statuses last behind a NUL. A test writes
// it with -update, and fails where it is stale.
//
//go:embed catalogue.deflated
var packed string

// texts unpacks the catalogue once: the sentences, and the table of statuses.
var texts = sync.OnceValue(func() (t struct{ sentences, statuses string }) {
	if all, err := io.ReadAll(flate.NewReader(strings.NewReader(packed))); err == nil {
		t.sentences, t.statuses, _ = strings.Cut(string(all), "\x00")
	}
	return t
})

type sentence map[Lang]template

// load reads the catalogue once. What is wrong with a line is found by a test; here such a line is left out.
var load = sync.OnceValue(func() map[string]sentence {
	all := make(map[string]sentence, 512)
	_ = eachLine(texts().sentences, func(key string, columns []string) error {
		if s, err := parseSentence(columns); err == nil {
			all[key] = s
		}
		return nil
	})
	for _, s := range statuses() {
		all["status."+s.Code] = s.sentence
		all["short."+s.Code] = s.short
	}
	return all
})

func parseSentence(columns []string) (sentence, error) {
	if len(columns) != 2 {
		return nil, fmt.Errorf("%d languages, want 2", len(columns))
	}
	s := sentence{}
	for i, lang := range Langs() {
		t, err := parseTemplate(columns[i])
		if err != nil {
			return nil, err
		}
		if len(t) == 0 {
			return nil, fmt.Errorf("no %s", lang)
		}
		s[lang] = t
	}
	return s, nil
}

// eachLine visits the lines of a text, comments and empty lines left out.
func eachLine(text string, visit func(key string, columns []string) error) error {
	for number, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "\t")
		if err := visit(columns[0], columns[1:]); err != nil {
			return fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	return nil
}

// Has tells whether the catalogue has a sentence.
func Has(key string) bool {
	_, ok := load()[key]
	return ok
}

// Say fills in a sentence. A key that is not in the catalogue comes back between ⟦ ⟧.
func (l Lang) Say(key string, args ...Arg) string {
	s, ok := load()[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	t, ok := s[l]
	if !ok {
		t = s[En]
	}
	return t.fill(l, args)
}

// Upper writes the first letter large, to begin a sentence with.
func Upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
