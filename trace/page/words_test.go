package page

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sidetone/trace/phrase"
)

var verb = regexp.MustCompile(`%[a-z]`)

// leaves lists every string below v with its path.
func leaves(v reflect.Value, path string, visit func(path, text string)) {
	if v.Kind() == reflect.String {
		visit(path, v.String())
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Name == "_" {
			continue
		}
		leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
	}
}

func TestEveryWordExistsInEveryLanguageWithTheSameBlanks(t *testing.T) {
	want := map[string]string{}
	leaves(reflect.ValueOf(*WordsIn(phrase.En)), "", func(path, text string) { want[path] = text })
	for _, lang := range phrase.Langs() {
		leaves(reflect.ValueOf(*WordsIn(lang)), "", func(path, text string) {
			if text == "" {
				t.Errorf("%s%s is missing", lang, path)
			}
			got, expected := strings.Join(verb.FindAllString(text, -1), " "), strings.Join(verb.FindAllString(want[path], -1), " ")
			if got != expected {
				t.Errorf("%s%s fills in %q, English %q", lang, path, got, expected)
			}
		})
	}
}

func TestFrenchFollowsCanadianTypography(t *testing.T) {
	leaves(reflect.ValueOf(*WordsIn(phrase.FrCA)), "", func(path, text string) {
		if strings.Contains(text, "'") {
			t.Errorf("%s: straight apostrophe in %q", path, text)
		}
		for _, bad := range []string{" ;", " !", " ?", " :", "\u00a0;", "\u00a0!", "\u00a0?"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %q in %q", path, bad, text)
			}
		}
		if strings.Contains(text, ":") && !strings.Contains(text, "\u00a0:") {
			t.Errorf("%s: no no-break space before the colon of %q", path, text)
		}
	})
}
