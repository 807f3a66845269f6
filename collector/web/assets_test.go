package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

var assetAddress = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

func TestStaticFilesAreEmbeddedCompressedAndKept(t *testing.T) {
	h := handler(house())
	found := assetAddress.FindAllStringSubmatch(page(t, h, "/"), -1)
	if len(found) < 4 {
		t.Fatalf("only %v", found)
	}
	for _, match := range found {
		plain := get(t, h, match[1])
		packed := get(t, h, match[1], "Accept-Encoding", "br, gzip")
		if plain.Code != http.StatusOK || packed.Code != http.StatusOK {
			t.Errorf("%s: %d %d", match[1], plain.Code, packed.Code)
		}
		if got := plain.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %s", match[1], got)
		}
		if packed.Header().Get("Content-Encoding") == "gzip" && !bytes.Equal(unzip(t, packed.Body), plain.Body.Bytes()) {
			t.Errorf("%s: compressed into something else", match[1])
		}
		if again := get(t, h, match[1], "If-None-Match", plain.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s: %d for what the browser has", match[1], again.Code)
		}
	}
}

func TestFileOfAnOlderPageIsServedButNotKept(t *testing.T) {
	w := get(t, handler(house()), "/static/0123456789ab/page.css")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Cache-Control"))
	}
}

func TestForeignCodeComesWithItsLicence(t *testing.T) {
	if w := get(t, handler(house()), "/static/x/htmx.LICENSE.txt"); w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte("Zero-Clause BSD")) {
		t.Errorf("%d", w.Code)
	}
}

func TestPagesAreCompressedAndRevalidated(t *testing.T) {
	h := handler(house())
	plain, packed := get(t, h, answered), get(t, h, answered, "Accept-Encoding", "gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || !bytes.Equal(unzip(t, packed.Body), plain.Body.Bytes()) {
		t.Error("not the same page compressed")
	}
	if refused := get(t, h, answered, "Accept-Encoding", "gzip;q=0"); refused.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for a browser that refused it")
	}
	if again := get(t, h, answered, "If-None-Match", plain.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("%d for a page that has not changed", again.Code)
	}
}

func unzip(t *testing.T, r io.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
