package phrase

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The catalogue: one sentence a line, its key, then English, then Canadian French, between tabs.
//
//go:embed catalogue/*.tsv
var files embed.FS

type sentence map[Lang]template

// load reads the catalogue once. What is wrong with a line is found by a test; here such a line is left out.
var load = sync.OnceValue(func() map[string]sentence {
	all := make(map[string]sentence, 512)
	_ = eachLine("catalogue", func(key string, columns []string) error {
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

// eachLine visits the lines of every file in a folder, comments and empty lines left out.
func eachLine(folder string, visit func(key string, columns []string) error) error {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == statusFile {
			continue
		}
		if err := eachLineOf(folder+"/"+entry.Name(), visit); err != nil {
			return err
		}
	}
	return nil
}

func eachLineOf(file string, visit func(key string, columns []string) error) error {
	content, err := files.ReadFile(file)
	if err != nil {
		return err
	}
	for number, line := range strings.Split(string(content), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "\t")
		if err := visit(columns[0], columns[1:]); err != nil {
			return fmt.Errorf("%s:%d: %w", file, number+1, err)
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
