package phrase

import (
	"fmt"
	"strings"
)

// Lang is a language that the catalogue has.
type Lang string

// The languages of the catalogue.
const (
	En   Lang = "en"
	FrCA Lang = "fr-CA"
)

// Langs lists every language, the default first.
func Langs() []Lang { return []Lang{En, FrCA} }

// ParseLang reads a language tag leniently: any French is Canadian French, any English is English.
func ParseLang(tag string) (Lang, error) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	switch primary {
	case "en":
		return En, nil
	case "fr":
		return FrCA, nil
	default:
		return En, fmt.Errorf("language %q: want en or fr-CA", tag)
	}
}
