package phrase

import (
	"bytes"
	"compress/flate"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const statusFile = "status.tsv"

// sources is the catalogue as people write it: the table of statuses, or all but that.
func sources(t *testing.T, statuses bool) string {
	t.Helper()
	names, err := filepath.Glob("catalogue/*.tsv")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range names {
		if (filepath.Base(name) == statusFile) != statuses {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line != "\n" && line[0] != '#' {
				b.WriteString(strings.TrimSuffix(line, "\n") + "\n")
			}
		}
	}
	return b.String()
}

func TestPackedCatalogueIsUpToDate(t *testing.T) {
	sentences, statuses := sources(t, false), sources(t, true)
	if *update {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(sentences + "\x00" + statuses)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("catalogue.deflated", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := texts(); got.sentences != sentences || got.statuses != statuses {
		t.Error("catalogue.deflated is not what catalogue/*.tsv says (go test ./trace/phrase -update writes it)")
	}
}
