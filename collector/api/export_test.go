package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sidetone/trace/export"
)

func TestACallIsExportedInEveryFormat(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	for _, f := range export.Formats() {
		resp, err := s.Client().Get(s.URL + "/api/v1/calls/01CALLER/export?format=" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "sipp" && resp.StatusCode == http.StatusUnprocessableEntity {
			if !strings.Contains(string(body), "no INVITE") { // the devices of this test record no messages
				t.Errorf("%s", body)
			}
			continue
		}
		if resp.StatusCode != http.StatusOK || len(body) == 0 && f.Name != "clf" || resp.Header.Get("Content-Type") != f.MediaType {
			t.Errorf("%s: %d %q, %d bytes", f.Name, resp.StatusCode, resp.Header.Get("Content-Type"), len(body))
		}
		if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="01CALLER`+f.Extension+`"` {
			t.Errorf("%s: %q", f.Name, got)
		}
	}
}

func TestAnExportIsInTheLanguageAndRedactedAndOfTheDeviceThatIsAskedFor(t *testing.T) {
	s := newSite(t)
	seed(t, s)
	status, text := s.get(t, "/api/v1/calls/01CALLER/export?format=text&lang=fr-CA&redact=true")
	if status != http.StatusOK || !strings.Contains(text, "Répondu") || strings.Contains(text, "Reception") || !strings.Contains(text, "Alpha") {
		t.Errorf("%d %s", status, text)
	}
	if _, both := s.get(t, "/api/v1/calls/01CALLER/export?format=ndjson"); !strings.Contains(both, "warehouse-2") {
		t.Errorf("%s", both)
	}
	if _, one := s.get(t, "/api/v1/calls/01CALLER/export?format=ndjson&device=reception-1"); strings.Contains(one, "warehouse-2") || !strings.Contains(one, "reception-1") {
		t.Errorf("%s", one)
	}
	for query, want := range map[string]int{"?format=pdf": 422, "": 422, "?format=csv&device=nobody": 422, "?format=csv&lang=de": 422} {
		if got, body := s.get(t, "/api/v1/calls/01CALLER/export"+query); got != want {
			t.Errorf("%q: %d %s", query, got, body)
		}
	}
	if got, _ := s.get(t, "/api/v1/calls/nobody/export?format=csv"); got != http.StatusNotFound {
		t.Errorf("got %d", got)
	}
}
