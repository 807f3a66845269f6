package web

import (
	"net/http"
	"strconv"
	"strings"

	"sidetone/trace/phrase"
)

// language is the one that the address asks for, else the one that the browser likes best, else English. Asked is
// true for the first.
func language(r *http.Request) (lang phrase.Lang, asked bool) {
	if tag := r.URL.Query().Get("lang"); tag != "" {
		if lang, err := phrase.ParseLang(tag); err == nil {
			return lang, true
		}
	}
	return accepted(strings.Join(r.Header.Values("Accept-Language"), ",")), false
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
