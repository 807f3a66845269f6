package calltest

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Review compares the part of docs/fr-review.md that a test makes with what it has made, or writes it. Maker is how the test is run
// from the root of the module; the part stands between the line that says so and the next such line.
func Review(t *testing.T, update bool, path, maker, got string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin = "<!-- made by "
	head := begin + maker + " -->\n"
	before, rest, found := strings.Cut(string(text), head)
	if !found && before != "" {
		before += "\n"
	}
	want, after := rest, ""
	if at := strings.Index(rest, begin); at >= 0 {
		want, after = rest[:at], "\n"+rest[at:]
	}
	if update {
		if err := os.WriteFile(path, []byte(before+head+"\n"+strings.TrimSpace(got)+"\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
		t.Errorf("%s is not what it is made of (%s writes it; -file +now):\n%s", path, maker, diff)
	}
}

// ReviewWords is a table of the words of a page for a native reader.
func ReviewWords(title string, en, fr any) string {
	var b strings.Builder
	b.WriteString("## " + title + "\n\n| Key | English | Français |\n|---|---|---|\n")
	eachWord("", reflect.ValueOf(en), reflect.ValueOf(fr), func(name, en, fr string) {
		number := "3"
		if strings.HasSuffix(name, ".One") {
			number = "1"
		}
		cell := strings.NewReplacer("|", "\\|", "%s", "{…}", "%d", number, "%.0f", "{…}", "\n", "")
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, cell.Replace(en), cell.Replace(fr))
	})
	return b.String()
}

// CheckWords fails where the words of a page are missing in a language, fill in something else there, or are not set as in Quebec.
func CheckWords(t *testing.T, en, fr any) {
	t.Helper()
	verb := regexp.MustCompile(`%[.\d]*[a-z]`)
	eachWord("", reflect.ValueOf(en), reflect.ValueOf(fr), func(name, en, fr string) {
		if en == "" || fr == "" {
			t.Errorf("%s is %q in English and %q in French", name, en, fr)
		}
		if got, want := verb.FindAllString(fr, -1), verb.FindAllString(en, -1); !slices.Equal(got, want) {
			t.Errorf("%s: French fills in %q, English %q", name, got, want)
		}
		if bad := regexp.MustCompile(`['"]|[\s\x{a0}][;!?]|[^\x{a0}]:|«[^\x{a0}]|[^\x{a0}]»`).FindString(fr); bad != "" {
			t.Errorf("%s: %q in %q", name, bad, fr)
		}
	})
}

// eachWord visits every string in two values of one type, of structs and maps. What a map has in French only is a text that is its
// own key in English.
func eachWord(name string, en, fr reflect.Value, visit func(name, en, fr string)) {
	switch fr.Kind() {
	case reflect.String:
		visit(name, en.String(), fr.String())
	case reflect.Struct:
		for i := range fr.NumField() {
			eachWord(strings.TrimPrefix(name+"."+fr.Type().Field(i).Name, "."), en.Field(i), fr.Field(i), visit)
		}
	case reflect.Map:
		var keys []string
		said := map[string][2]string{}
		for _, key := range fr.MapKeys() {
			keys, said[key.String()] = append(keys, key.String()), [2]string{key.String(), fr.MapIndex(key).String()}
		}
		for _, key := range en.MapKeys() {
			pair, known := said[key.String()]
			if !known {
				keys = append(keys, key.String())
			}
			said[key.String()] = [2]string{en.MapIndex(key).String(), pair[1]}
		}
		slices.Sort(keys)
		for _, key := range keys {
			visit(name+"."+key, said[key][0], said[key][1])
		}
	default: // what is no words
	}
}
