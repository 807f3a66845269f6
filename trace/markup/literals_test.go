package markup_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// written is a place of the program that writes markup.
type written struct {
	at     token.Position
	markup string
	texts  int
	spread bool // the texts are a list of unknown length
}

// places finds every call of HTML and If in the files that know this package.
func places(t *testing.T) []written {
	t.Helper()
	var found []written
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && len(path) > len(root) && (entry.Name()[0] == '.' || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil || !knows(f) {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			if selector, is := call.Fun.(*ast.SelectorExpr); is && (selector.Sel.Name == "HTML" || selector.Sel.Name == "If") {
				args := call.Args
				if selector.Sel.Name == "If" {
					args = args[1:]
				}
				found = append(found, written{files.Position(call.Pos()), constant(args[0]), len(args) - 1, call.Ellipsis.IsValid()})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func knows(f *ast.File) bool {
	for _, i := range f.Imports {
		if i.Path.Value == `"sidetone/trace/markup"` {
			return true
		}
	}
	return false
}

// constant evaluates literals and sums of them.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value) // the compiler has checked it
		return s
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	}
	return "?"
}

func TestEveryPlaceOfEveryPageGetsOneText(t *testing.T) {
	all := places(t)
	if len(all) < 100 {
		t.Fatalf("only %d places write markup", len(all))
	}
	for _, p := range all {
		if n := strings.Count(p.markup, "{}"); n != p.texts || p.spread {
			t.Errorf("%s: %d places, %d texts", p.at, n, p.texts)
		}
	}
}

func TestTextStandsBetweenTagsOrInQuotes(t *testing.T) {
	for _, p := range places(t) {
		before := ""
		for _, part := range strings.Split(p.markup, "{}") {
			before += part
			if before == p.markup || len(before) == len(strings.ReplaceAll(p.markup, "{}", "")) {
				break // the rest, which no text follows
			}
			tag := before[strings.LastIndexAny(before, "<>")+1:]
			inside := strings.LastIndex(before, "<") > strings.LastIndex(before, ">") ||
				!strings.ContainsAny(before, "<>") && strings.Contains(before, `="`) // an attribute by itself
			if inside && strings.Count(tag, `"`)%2 == 0 {
				t.Errorf("%s: a text stands in a tag without quotes: %s", p.at, p.markup)
			}
			if strings.LastIndex(before, "<script") > strings.LastIndex(before, "</script") && !inside || strings.Contains(before, "<style") {
				t.Errorf("%s: a text stands in a script or style sheet: %s", p.at, p.markup)
			}
			for _, name := range []string{"style", "on"} {
				if at := strings.LastIndex(before, " "); strings.HasPrefix(before[at+1:], name) && strings.HasSuffix(before, `="`) {
					t.Errorf("%s: a text stands in an attribute that is code: %s", p.at, p.markup)
				}
			}
		}
	}
}
