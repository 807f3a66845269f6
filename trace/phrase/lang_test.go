package phrase

import "testing"

func TestLanguageTagsAreReadLeniently(t *testing.T) {
	for tag, want := range map[string]Lang{"en": En, "EN-gb": En, "fr": FrCA, "fr-CA": FrCA, "fr_FR.UTF-8": FrCA, " fr ": FrCA} {
		if got, err := ParseLang(tag); err != nil || got != want {
			t.Errorf("%q: %v, %v", tag, got, err)
		}
	}
	for _, tag := range []string{"", "de", "C", "french"} {
		if got, err := ParseLang(tag); err == nil || got != En {
			t.Errorf("%q: %v, %v", tag, got, err)
		}
	}
}
