package page

import (
	"net/url"
	"strings"

	"sidetone/trace/phrase"
)

// Links writes the addresses that pages point to. A language that was asked for by address stays in every address.
type Links struct {
	Asked phrase.Lang              // the language asked for in the address, "" when the browser's was taken
	Asset func(name string) string // the address of a static file, with its version
}

// To writes an address of this site with its query, parameters without a value left out.
func (l Links) To(path string, query url.Values) string {
	kept := url.Values{}
	for key, values := range query {
		for _, v := range values {
			if v != "" {
				kept.Add(key, v)
			}
		}
	}
	if l.Asked != "" && kept.Get("lang") == "" {
		kept.Set("lang", string(l.Asked))
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + kept.Encode()
}

// History is the address of the list of calls.
func (l Links) History(query url.Values) string { return l.To("/", query) }

// Call is the address of a call flow.
func (l Links) Call(id string, query url.Values) string {
	return l.To("/calls/"+url.PathEscape(id), query)
}

// In gives the same address in another language.
func (l Links) In(lang phrase.Lang, address string) string {
	path, raw, _ := strings.Cut(address, "?")
	query, err := url.ParseQuery(raw)
	if err != nil {
		query = url.Values{}
	}
	query.Set("lang", string(lang))
	return path + "?" + query.Encode()
}
