package main

import (
	"testing"

	"sidetone/trace/story"
)

func TestLanguageComesFromTheEnvironment(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want story.Lang
	}{
		{nil, story.En},
		{map[string]string{"LANG": "C"}, story.En},
		{map[string]string{"LANG": "C.UTF-8"}, story.En},
		{map[string]string{"LANG": "fr_CA.UTF-8"}, story.FrCA},
		{map[string]string{"LANG": "fr_FR"}, story.FrCA},
		{map[string]string{"LANG": "de_DE.UTF-8"}, story.En},
		{map[string]string{"LANG": "fr_CA", "LC_ALL": "en_CA"}, story.En},
		{map[string]string{"LANG": "en_CA", "LC_MESSAGES": "fr_CA"}, story.FrCA},
		{map[string]string{"LANG": "fr_CA", "LC_ALL": ""}, story.FrCA},
	} {
		if got := environmentLang(func(name string) string { return tc.env[name] }); got != tc.want {
			t.Errorf("%v: got %s, want %s", tc.env, got, tc.want)
		}
	}
}
