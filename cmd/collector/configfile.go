package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// loadConfig reads the file on top of the defaults. Every problem of the file is in the error, each as
// "file:line: key: what is wrong".
func loadConfig(path string) (*config, error) {
	c := defaults()
	if path == "" {
		return c, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	f := configFile{path: path, config: c}
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			f.mapping("", doc.Body)
		}
	}
	return c, errors.Join(f.problems...)
}

func syntaxError(path string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		return fmt.Errorf("%s:%d: %s", path, syntax.Token.Position.Line, syntax.Message)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// configFile is a file being read.
type configFile struct {
	path     string
	config   *config
	problems []error
}

func (f *configFile) problem(n ast.Node, key, format string, args ...any) {
	if key != "" {
		format = key + ": " + format
	}
	f.problems = append(f.problems, fmt.Errorf("%s:%d: "+format, append([]any{f.path, n.GetToken().Position.Line}, args...)...))
}

// mapping reads the keys below prefix.
func (f *configFile) mapping(prefix string, n ast.Node) {
	m, ok := n.(ast.MapNode)
	if !ok {
		f.problem(n, strings.TrimSuffix(prefix, "."), "want keys with values")
		return
	}
	for it := m.MapRange(); it.Next(); {
		key := prefix + it.Key().String()
		switch _, isMap := it.Value().(ast.MapNode); {
		case isGroup(key):
			f.mapping(key+".", it.Value())
		case isMap:
			f.problem(it.Key(), key, "%s", f.refusal(key))
		default:
			f.value(key, it.Key(), it.Value())
		}
	}
}

func (f *configFile) value(key string, at, n ast.Node) {
	s, ok := lookup(key)
	if !ok {
		f.problem(at, key, "%s", f.refusal(key))
		return
	}
	text, ok := scalar(n)
	if !ok {
		f.problem(at, key, "want one value")
		return
	}
	f.config.origin[key] = fmt.Sprintf("%s:%d: %s", f.path, at.GetToken().Position.Line, key)
	if err := s.set(f.config, text); err != nil {
		f.problem(at, key, "%w", err)
	}
}

// refusal says what is wrong with a key that holds what it should not, or does not exist.
func (f *configFile) refusal(key string) string {
	if _, ok := lookup(key); ok {
		return "want one value"
	}
	keys := make([]string, 0, len(settings))
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	return "unknown key; the keys are " + strings.Join(keys, ", ")
}

func isGroup(key string) bool {
	for _, s := range settings {
		if strings.HasPrefix(s.key, key+".") {
			return true
		}
	}
	return false
}

// scalar is the text of a value as it was written.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}
