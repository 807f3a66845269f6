package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// reader reads a file into settings and collects what is wrong with it.
type reader struct {
	source   *source
	problems Problems
	broken   bool // the file is no YAML, so nothing is known of its values
}

func (r *reader) read(text []byte, settings []setting) {
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.broken = true
		r.problems = append(r.problems, r.syntax(err))
		return
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body == nil:
			body = doc.Body
		default:
			r.problem(doc.Body, "", errors.New("a second document begins here; a configuration is one"))
		}
	}
	if body != nil && body.Type() != ast.NullType && body.Type() != ast.CommentType {
		r.mapping(body, "", settings)
	}
}

// syntax turns the parser's error into a problem with a line.
func (r *reader) syntax(err error) *Problem {
	p := &Problem{File: r.source.file, Err: err}
	var located interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &located) {
		if t := located.GetToken(); t != nil && t.Position != nil {
			p.Line = t.Position.Line
		}
		p.Err = fmt.Errorf("not YAML: %s", located.GetMessage())
	}
	return p
}

func (r *reader) problem(at ast.Node, key string, err error) {
	r.problems = append(r.problems, &Problem{File: r.source.file, Line: lineOf(at), Key: key, Err: err})
}

// mapping reads the keys of a section. base is its path, "" or ending in a dot; the settings' keys begin there.
func (r *reader) mapping(n ast.Node, base string, settings []setting) {
	pairs, ok := n.(ast.MapNode)
	if !ok {
		r.problem(n, strings.TrimSuffix(base, "."), errors.New("want a section: keys with values, indented"))
		return
	}
	first := map[string]int{}
	for it := pairs.MapRange(); it.Next(); {
		name, ok := keyName(it.Key())
		if !ok {
			r.problem(it.Key(), base+name, errors.New("this key is too clever; allowed: plain keys"))
			continue
		}
		if line, twice := first[name]; twice {
			r.problem(it.Key(), base+name, fmt.Errorf("it is set twice; the first time on line %d", line))
			continue
		}
		first[name] = lineOf(it.Key())
		r.source.lines[base+name] = lineOf(it.Key())
		r.pair(it.Key(), it.Value(), base, name, settings)
	}
}

// pair reads one key of a section: a value, or a section below it.
func (r *reader) pair(key, value ast.Node, base, name string, settings []setting) {
	if i := slices.IndexFunc(settings, func(s setting) bool { return s.key == name }); i >= 0 {
		r.value(key, value, base+name, settings[i])
		return
	}
	below := within(settings, name)
	switch {
	case len(below) == 0:
		r.problem(key, base+name, unknown(name, settings))
	case value == nil || value.Type() == ast.NullType: // all of its keys are commented out
	default:
		r.mapping(value, base+name+".", below)
	}
}

// within is the settings of a section, with their keys cut.
func within(settings []setting, name string) []setting {
	var below []setting
	for _, s := range settings {
		if rest, ok := strings.CutPrefix(s.key, name+"."); ok {
			s.key = rest
			below = append(below, s)
		}
	}
	return below
}

// unknown says what could have been meant by a key that nobody knows.
func unknown(name string, settings []setting) error {
	var here, deeper []string
	for _, s := range settings {
		top, rest, nested := strings.Cut(s.key, ".")
		if !slices.Contains(here, top) {
			here = append(here, top)
		}
		if nested && (rest == name || strings.HasSuffix(rest, "."+name)) {
			deeper = append(deeper, s.key)
		}
	}
	hint := didYouMean(name, here)
	if hint == "" && len(deeper) > 0 {
		hint = ", did you mean " + strings.Join(deeper, " or ") + "?"
	}
	return fmt.Errorf("unknown key%s; allowed here: %s", hint, strings.Join(here, ", "))
}

// value reads one setting.
func (r *reader) value(at, n ast.Node, key string, s setting) {
	switch s.shape {
	case listing:
		r.items(n, key, s, func(item ast.Node, key string) { r.scalar(item, item, key, setting{shape: text, set: s.set}) })
	case section:
		r.items(n, key, s, func(item ast.Node, key string) { r.mapping(item, key+".", s.item()) })
	case text, whole, truth:
		r.scalar(at, n, key, s)
	}
}

// items reads a list. An empty one in the file replaces the default; one without any value leaves it.
func (r *reader) items(n ast.Node, key string, s setting, read func(ast.Node, string)) {
	if n == nil || n.Type() == ast.NullType {
		return
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.problem(n, key, errors.New(s.shape.want()))
		return
	}
	s.clear()
	for i, item := range list.Values {
		key := fmt.Sprintf("%s[%d]", key, i)
		r.source.lines[key] = lineOf(item)
		read(item, key)
	}
}

func (r *reader) scalar(at, n ast.Node, key string, s setting) {
	if n == nil || n.Type() == ast.NullType {
		r.problem(at, key, errors.New(`it has no value; leave the key out for its default, or write "" for none`))
		return
	}
	written, ok := scalarText(n, s.shape)
	if !ok {
		r.problem(n, key, errors.New(s.shape.want()))
		return
	}
	if err := s.set(written); err != nil {
		r.problem(n, key, err)
	}
}

// scalarText is a value as it was written, if it has the shape. A text may look like a number: names and prefixes do.
func scalarText(n ast.Node, shape shape) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, shape == text
	case *ast.IntegerNode:
		return n.GetToken().Value, shape == text || shape == whole
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value), shape == truth
	case *ast.FloatNode:
		return n.GetToken().Value, shape == text
	default:
		return "", false
	}
}

// keyName is a key, fit to be printed.
func keyName(n ast.Node) (string, bool) {
	name := n.GetToken().Value
	if len(name) > 64 {
		name = name[:64] + "…"
	}
	if strings.IndexFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) >= 0 {
		name = strconv.Quote(name)
	}
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return name, true
	default:
		return name, false
	}
}

// lineOf is the line of a value, or of the first key of a section.
func lineOf(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
