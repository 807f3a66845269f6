package asyncapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// source is what the Go files of a package say of their types.
type source struct {
	structs map[string]structure
	names   map[string]ast.Expr // underlying types of the other named types
	docs    map[string]string   // of types
	values  map[string][]string // of the string constants of each named type, in their order
}

// structure is a struct type.
type structure struct {
	fields   []field
	embedded []string // by a pointer, types of the same package: their fields are there or not
}

// field is a field as it is written to JSON.
type field struct {
	name     string
	expr     ast.Expr
	doc      string
	optional bool
}

// readSource reads the package in a folder, its tests aside.
func readSource(dir string) (*source, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	s := &source{structs: map[string]structure{}, names: map[string]ast.Expr{}, docs: map[string]string{}, values: map[string][]string{}}
	files := token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					s.addType(spec, g.Doc)
				case *ast.ValueSpec:
					s.addConstant(spec)
				}
			}
		}
	}
	return s, nil
}

func (s *source) addType(spec *ast.TypeSpec, doc *ast.CommentGroup) {
	if spec.Doc != nil {
		doc = spec.Doc
	}
	s.docs[spec.Name.Name] = sentence(doc)
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		s.names[spec.Name.Name] = spec.Type
		return
	}
	var out structure
	for _, f := range st.Fields.List {
		if star, ok := f.Type.(*ast.StarExpr); ok && len(f.Names) == 0 {
			if typ, ok := star.X.(*ast.Ident); ok {
				out.embedded = append(out.embedded, typ.Name)
			}
			continue
		}
		if f.Tag == nil || len(f.Names) != 1 {
			continue // not written to JSON by this name
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		doc := strings.TrimSpace(sentence(f.Doc) + " " + sentence(f.Comment))
		out.fields = append(out.fields, field{name: name, expr: f.Type, doc: doc, optional: strings.HasPrefix(options, "omit")})
	}
	s.structs[spec.Name.Name] = out
}

// fieldsOf gives the fields of a struct type as they are written to JSON.
func (s *source) fieldsOf(name string) []field {
	out := s.structs[name].fields
	for _, typ := range s.structs[name].embedded {
		for _, f := range s.fieldsOf(typ) {
			f.optional = true
			out = append(out, f)
		}
	}
	return out
}

// addConstant notes the values of a named string type.
func (s *source) addConstant(spec *ast.ValueSpec) {
	typ, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if v, err := strconv.Unquote(lit.Value); err == nil {
			s.values[typ.Name] = append(s.values[typ.Name], v)
		}
	}
}

// sentence is a comment on one line.
func sentence(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(c.Text()), " ")
}

// typeName splits a type expression into the package it names, here when it names none, and its name.
func typeName(expr ast.Expr, here string) (pkg, name string, err error) {
	switch e := expr.(type) {
	case *ast.Ident:
		return here, e.Name, nil
	case *ast.SelectorExpr:
		if p, ok := e.X.(*ast.Ident); ok {
			return p.Name, e.Sel.Name, nil
		}
	}
	return "", "", fmt.Errorf("type %T is none that a payload has", expr)
}
