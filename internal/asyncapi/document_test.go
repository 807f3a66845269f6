package asyncapi

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

var update = flag.Bool("update", false, "write docs/asyncapi.yaml")

const root = "../.."

var documentPath = filepath.Join(root, "docs", "asyncapi.yaml")

func TestTheDocumentIsWhatTheTypesSay(t *testing.T) {
	want, err := Document(root)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/asyncapi.yaml is stale: go generate ./internal/asyncapi\n%s", diff)
	}
}

// readDocument reads the document as a program would.
func readDocument(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows a JSON pointer (RFC 6901).
func at(doc any, pointer string) (any, bool) {
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "#/"), "/") {
		m, ok := doc.(map[string]any)
		if !ok {
			return nil, false
		}
		if doc, ok = m[key]; !ok {
			return nil, false
		}
	}
	return doc, true
}

func TestEveryReferenceOfTheDocumentLeadsSomewhere(t *testing.T) {
	doc := readDocument(t)
	n := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if key == "$ref" {
					n++
					if pointer, _ := value.(string); !strings.HasPrefix(pointer, "#/") {
						t.Errorf("%v is no reference within the document", value)
					} else if _, found := at(doc, pointer); !found {
						t.Errorf("%s leads nowhere", pointer)
					}
				}
				walk(value)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(doc)
	if n == 0 {
		t.Error("the document has no reference")
	}
}

// topicsOf reads the topics out of the functions that make them.
func topicsOf(t *testing.T, path string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if s, err := strconv.Unquote(lit.Value); err == nil {
			if i := strings.IndexAny(s, "ud"); strings.Contains(s, "/up/") || strings.Contains(s, "/dn/") {
				out = append(out, s[i:])
			}
		}
		return true
	})
	return out
}

func TestEveryTopicOfTheAgentIsInTheDocument(t *testing.T) {
	doc := readDocument(t)
	addresses := map[string]bool{}
	all, _ := at(doc, "#/channels")
	parameter := regexp.MustCompile(`\{[a-z]+\}`)
	for name := range all.(map[string]any) {
		address, _ := at(doc, "#/channels/"+name+"/address")
		rest, ok := strings.CutPrefix(address.(string), "st/v1/{tenant}/{device}/")
		if !ok {
			t.Errorf("%s: address %v", name, address)
		}
		addresses[parameter.ReplaceAllString(rest, "*")] = true
		params, _ := at(doc, "#/channels/"+name+"/parameters")
		if want, got := len(parameter.FindAllString(address.(string), -1)), len(params.(map[string]any)); got != want {
			t.Errorf("%s: %d parameters are described, want %d", name, got, want)
		}
	}
	topics := topicsOf(t, filepath.Join(root, "telemetry", "topic.go"))
	if len(topics) < 4 {
		t.Fatalf("topics of telemetry/topic.go: %q", topics)
	}
	verb := regexp.MustCompile(`%[ds]|$^`)
	for _, topic := range topics {
		if pattern := verb.ReplaceAllString(topic, "*"); !addresses[pattern] && !addresses[pattern+"*"] {
			t.Errorf("topic %s is not in the document", topic)
		}
	}
}

func TestEveryKindAndEveryFieldIsDescribed(t *testing.T) {
	doc := readDocument(t)
	for _, kind := range trace.Kinds() {
		schemas, _ := at(doc, "#/components/schemas")
		if _, found := schemas.(map[string]any)[string(kind)]; !found {
			t.Errorf("%s has no schema", kind)
		}
	}
	all, _ := at(doc, "#/components/schemas")
	for name, schema := range all.(map[string]any) {
		m := schema.(map[string]any)
		if _, kind := m["title"]; !kind && m["description"] == "" {
			t.Errorf("%s has no description", name)
		}
		properties, _ := m["properties"].(map[string]any)
		for field, p := range properties {
			if d, _ := p.(map[string]any)["description"].(string); d == "" {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
	}
}

func TestOperationsAreSeenFromTheDevice(t *testing.T) {
	doc := readDocument(t)
	operations, _ := at(doc, "#/operations")
	seen := map[string]bool{}
	for name, o := range operations.(map[string]any) {
		op := o.(map[string]any)
		channel, _ := at(op, "#/channel/$ref")
		address, _ := at(doc, channel.(string)+"/address")
		want := "receive"
		if strings.Contains(address.(string), "/up/") {
			want = "send"
		}
		if op["action"] != want {
			t.Errorf("%s: action %v on %v", name, op["action"], address)
		}
		seen[channel.(string)] = true
	}
	all, _ := at(doc, "#/channels")
	for name := range all.(map[string]any) {
		if !seen["#/channels/"+name] {
			t.Errorf("channel %s has no operation", name)
		}
	}
}
