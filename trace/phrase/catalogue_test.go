package phrase

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestEveryLineOfTheCatalogueIsASentenceInBothLanguages(t *testing.T) {
	seen := map[string]bool{}
	err := eachLine(sources(t, false), func(key string, columns []string) error {
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		if _, err := parseSentence(columns); err != nil {
			t.Errorf("%s: %v", key, err)
			return nil
		}
		sameParameters(t, key, columns[0], columns[1])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sameParameters fails when one language tells something that the other does not. {who} and {de who} are the same.
func sameParameters(t *testing.T, key, en, fr string) {
	t.Helper()
	names := func(s string) []string {
		parsed, err := parseTemplate(s)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		var out []string
		for _, seg := range parsed {
			if seg.name != "" && seg.plural == nil && !slices.Contains(out, seg.name) {
				out = append(out, seg.name)
			}
		}
		slices.Sort(out)
		return out
	}
	if a, b := names(en), names(fr); !slices.Equal(a, b) {
		t.Errorf("%s: en has %v, fr-CA has %v", key, a, b)
	}
}

func TestEveryStatusOfTheTableIsComplete(t *testing.T) {
	lines := 0
	err := eachLine(sources(t, true), func(code string, columns []string) error {
		lines++
		s, err := parseStatus(code, columns)
		if err != nil {
			t.Errorf("%s: %v", code, err)
			return nil
		}
		if !Has("where."+s.Where) && s.Where != "none" {
			t.Errorf("%s: nobody knows where %q is", code, s.Where)
		}
		sameParameters(t, code, columns[6], columns[7])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const registered = 73 + 2 + 3 // statuses in the registry, BYE and CANCEL, and three that never travel
	if lines != len(Statuses()) || lines < registered {
		t.Errorf("%d lines, %d statuses, want at least %d", lines, len(Statuses()), registered)
	}
	for _, code := range []string{"0", "18X", "9XX", "BYE", "CANCEL", "100", "200", "486", "699"} {
		if _, ok := StatusOf(code); ok == (code == "699") {
			t.Errorf("StatusOf(%s): %v", code, ok)
		}
	}
}

// French after the typography of the Office québécois de la langue française.
func TestFrenchIsSetAsInQuebec(t *testing.T) {
	for key, s := range load() {
		text := ""
		for _, seg := range s[FrCA] {
			text += seg.literal
			if seg.name != "" {
				text += "X"
			}
			for _, form := range seg.plural {
				checkFrench(t, key, form)
			}
		}
		checkFrench(t, key, text)
	}
}

func checkFrench(t *testing.T, key, text string) {
	t.Helper()
	for _, bad := range []string{" ;", " !", " ?", "\u00a0;", "\u00a0!", "\u00a0?", "'", "\"", "...", "  "} {
		if strings.Contains(text, bad) {
			t.Errorf("%s: %q in %q", key, bad, text)
		}
	}
	for i, r := range text {
		if r == ':' && !strings.HasSuffix(text[:i], nbsp) {
			t.Errorf("%s: no no-break space before the colon in %q", key, text)
		}
	}
}

func TestEnglishIsSetWithTypographersQuotes(t *testing.T) {
	for key, s := range load() {
		for _, seg := range s[En] {
			for _, text := range append([]string{seg.literal}, seg.plural...) {
				if strings.ContainsAny(text, "'\"") || strings.Contains(text, "...") {
					t.Errorf("%s: %q", key, text)
				}
			}
		}
	}
}

// Keys that code puts together are gone through by the tests of the packages that do.
func TestEveryKeyInTheCodeIsInTheCatalogue(t *testing.T) {
	for _, folder := range []string{"../story", "../ladder", "../browse"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				checkKeys(t, name)
			}
		}
	}
}

func checkKeys(t *testing.T, name string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	pills := filepath.Base(name) == "pills.go" // its say puts "pill." before the key
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || len(c.Args) == 0 {
			return true
		}
		called := ""
		switch f := c.Fun.(type) {
		case *ast.SelectorExpr:
			called = f.Sel.Name
		case *ast.Ident:
			called = f.Name
		}
		literal, isLiteral := c.Args[0].(*ast.BasicLit)
		if (called != "Say" && called != "say") || !isLiteral {
			return true
		}
		key, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if pills && called == "say" {
			key = "pill." + key
		}
		if !Has(key) {
			t.Errorf("%s: no sentence %q", set.Position(c.Pos()), key)
		}
		return true
	})
}

func TestCatalogueFilesHaveNoStrayCharacters(t *testing.T) {
	names, err := filepath.Glob("catalogue/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines, n := bufio.NewScanner(f), 1; lines.Scan(); n++ {
			if text := lines.Text(); strings.TrimRight(text, " ") != text || strings.ContainsAny(text, "\r\u2009\u202f\u200b") {
				t.Errorf("%s:%d: stray characters", name, n)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
