package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// get asks the handler for a page; headers come in pairs.
func get(t *testing.T, h http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// page asks for a page that must be there.
func page(t *testing.T, h http.Handler, address string, headers ...string) string {
	t.Helper()
	w := get(t, h, address, headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", address, w.Code, w.Body)
	}
	return w.Body.String()
}

var voidElements = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// faults lists what is wrong with a document: tags that do not match, ids used twice, references to ids that are not
// there, and what the content security policy would refuse.
func faults(document string) []string {
	var found []string
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	var open, refs []string
	ids := map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(document))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				complain("%v", z.Err())
			}
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			if !slices.Contains(voidElements, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				complain("</%s> closes %v", token.Data, open)
				return found
			}
			open = open[:len(open)-1]
		default:
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		seen := map[string]bool{}
		for _, a := range token.Attr {
			if seen[a.Key] {
				complain("<%s> has %s twice", token.Data, a.Key)
			}
			seen[a.Key] = true
			switch {
			case a.Key == "id" && ids[a.Val]:
				complain("id %q is used twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "aria-labelledby", a.Key == "aria-controls", a.Key == "for":
				refs = append(refs, a.Val)
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
				complain("<%s %s=%q> is refused by the policy", token.Data, a.Key, a.Val)
			case a.Key == "href" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
				complain("<%s href=%q>", token.Data, a.Val)
			}
		}
		if token.Data == "style" || token.Data == "script" && !seen["src"] {
			complain("inline <%s> is refused by the policy", token.Data)
		}
	}
	if len(open) > 0 {
		complain("never closed: %v", open)
	}
	for _, ref := range refs {
		if !ids[ref] {
			complain("nothing has the id %q", ref)
		}
	}
	return found
}
