package asyncapi

import (
	"fmt"
	"go/ast"
	"sort"

	"github.com/goccy/go-yaml"
)

// object is an ordered mapping of the document.
type object = yaml.MapSlice

func entry(key string, value any) yaml.MapItem { return yaml.MapItem{Key: key, Value: value} }

func ref(schema string) object { return object{entry("$ref", "#/components/schemas/"+schema)} }

// schemas makes the schemas of types and of all that they consist of.
type schemas struct {
	packages map[string]*source
	made     map[string]object // by the name in the document
}

func (s *schemas) sorted() object {
	names := make([]string, 0, len(s.made))
	for name := range s.made {
		names = append(names, name)
	}
	sort.Strings(names)
	var out object
	for _, name := range names {
		out = append(out, entry(name, s.made[name]))
	}
	return out
}

// known are the types whose JSON their Go type does not tell.
var known = map[string]object{
	"trace.Boot": {
		entry("type", "string"), entry("pattern", "^[0-9a-f]{16}$"), entry("description", "One run of the agent: 64 random bits in hexadecimal."),
	},
	"trace.Micros": {entry("type", "integer"), entry("description", "A duration in microseconds.")},
	"time.Time":    {entry("type", "string"), entry("format", "date-time")},
	"json.RawMessage": {
		entry("description", "Any JSON value."),
	},
}

// basic are the types of Go itself.
var basic = map[string]object{
	"string": {entry("type", "string")}, "bool": {entry("type", "boolean")}, "float64": {entry("type", "number")},
	"int": {entry("type", "integer")}, "int64": {entry("type", "integer")},
	"uint32": {entry("type", "integer"), entry("minimum", 0)}, "uint64": {entry("type", "integer"), entry("minimum", 0)},
}

// of gives the schema of a type expression in a package: itself where it is simple, else a reference.
func (s *schemas) of(pkg string, expr ast.Expr) (object, error) {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return s.of(pkg, e.X)
	case *ast.ArrayType:
		items, err := s.of(pkg, e.Elt)
		return object{entry("type", "array"), entry("items", items)}, err
	case *ast.MapType:
		values, err := s.of(pkg, e.Value)
		return object{entry("type", "object"), entry("additionalProperties", values)}, err
	}
	in, name, err := typeName(expr, pkg)
	if err != nil {
		return nil, err
	}
	if schema, ok := basic[name]; ok && in == pkg {
		return schema, nil
	}
	if schema, ok := known[in+"."+name]; ok {
		return schema, nil
	}
	return s.named(in, name)
}

// named gives a reference to a named type, whose schema is made when it is not yet.
func (s *schemas) named(pkg, name string) (object, error) {
	title := pkg + "." + name
	if _, made := s.made[title]; made {
		return ref(title), nil
	}
	src := s.packages[pkg]
	if src == nil {
		return nil, fmt.Errorf("%s.%s: of a package that is not read", pkg, name)
	}
	description := entry("description", src.docs[name])
	if under, ok := src.names[name]; ok {
		schema, err := s.of(pkg, under)
		if err != nil {
			return nil, err
		}
		schema = append(object{description}, schema...)
		if values := src.values[name]; len(values) > 0 {
			schema = append(schema, entry("enum", values))
		}
		s.made[title] = schema
		return ref(title), nil
	}
	if _, ok := src.structs[name]; !ok {
		return nil, fmt.Errorf("%s.%s: there is no such type", pkg, name)
	}
	s.made[title] = nil // so that a type that contains itself ends here
	var properties object
	var required []string
	for _, f := range src.fieldsOf(name) {
		schema, err := s.of(pkg, f.expr)
		if err != nil {
			return nil, fmt.Errorf("%s.%s.%s: %w", pkg, name, f.name, err)
		}
		if f.doc == "" {
			return nil, fmt.Errorf("%s.%s.%s: the field has no comment", pkg, name, f.name)
		}
		properties = append(properties, entry(f.name, describe(f.doc, schema)))
		if !f.optional {
			required = append(required, f.name)
		}
	}
	schema := object{description, entry("type", "object"), entry("properties", properties)}
	if len(required) > 0 {
		schema = append(schema, entry("required", required))
	}
	s.made[title] = schema
	return ref(title), nil
}

// describe gives a schema the comment of a field. Beside a reference nothing counts in draft 7, so that goes into an allOf.
func describe(doc string, schema object) object {
	if len(schema) == 1 && schema[0].Key == "$ref" {
		return object{entry("description", doc), entry("allOf", []object{schema})}
	}
	out := object{entry("description", doc)}
	for _, item := range schema {
		if item.Key != "description" {
			out = append(out, item)
		}
	}
	return out
}
