package page

import (
	"strconv"
	"strings"

	"sidetone/trace/phrase"
)

// Language is the one that the address asks for, else the one that the browser likes best by its Accept-Language, else
// English. Asked is true for the first.
func Language(tag, accept string) (lang phrase.Lang, asked bool) {
	if tag != "" {
		if lang, err := phrase.ParseLang(tag); err == nil {
			return lang, true
		}
	}
	return accepted(accept), false
}

// accepted picks from an Accept-Language header (RFC 9110 section 12.5.4). The first of equal weights wins.
func accepted(header string) phrase.Lang {
	best, weight := phrase.En, 0.0
	for _, item := range strings.Split(header, ",") {
		tag, parameters, _ := strings.Cut(item, ";")
		lang, err := phrase.ParseLang(tag)
		if err != nil {
			continue
		}
		q := 1.0
		if value, found := strings.CutPrefix(strings.TrimSpace(parameters), "q="); found {
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				continue
			}
		}
		if q > weight {
			best, weight = lang, min(q, 1)
		}
	}
	return best
}
