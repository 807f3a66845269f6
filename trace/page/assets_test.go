package page

import (
	"bytes"
	"compress/flate"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sidetone/trace/ladder"
)

var update = flag.Bool("update", false, "pack the static files anew")

// lean leaves out what only an author reads: indentation, and comments that are lines of their own.
func lean(content []byte) []byte {
	var out []byte
	for line := range bytes.Lines(content) {
		line = bytes.TrimLeft(line, " ")
		own := bytes.HasPrefix(line, []byte("/*")) && bytes.HasSuffix(line, []byte("*/\n"))
		if !own && !bytes.HasPrefix(line, []byte("//")) && string(line) != "\n" {
			out = append(out, line...)
		}
	}
	return out
}

func TestPackedFilesAreUpToDate(t *testing.T) {
	names, err := filepath.Glob("static/*")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	got := Assets()
	for _, path := range names {
		content, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(content, 0) >= 0 {
			t.Fatalf("%s: %v", path, err)
		}
		name := filepath.Base(path)
		content = lean(content)
		if _, err := w.Write([]byte(name + "\x00" + string(content) + "\x00")); err != nil {
			t.Fatal(err)
		}
		if name == "page.css" {
			content = append(content, ladder.StyleSheet...)
		}
		if !*update && !bytes.Equal(got[name], content) {
			t.Errorf("static.deflated has another %s than static/ (go test ./trace/page -update writes it)", name)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("static.deflated", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if len(got) != len(names) {
		t.Errorf("%d files, want %d", len(got), len(names))
	}
}
