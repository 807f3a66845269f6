package trace

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"hash/adler32"
	"io"
	"os"
	"testing"
)

func TestDictionaryIsNamedByItsChecksum(t *testing.T) {
	if id := fmt.Sprintf("%08x", adler32.Checksum([]byte(Dictionary))); id != DictionaryID {
		t.Errorf("its Adler-32 is %s, its name %s: a changed dictionary needs a new name", id, DictionaryID)
	}
	if len(Dictionary) > 32<<10 {
		t.Errorf("%d bytes are more than a deflate window", len(Dictionary))
	}
}

func TestDictionaryHalvesABatch(t *testing.T) {
	text, err := os.ReadFile("testdata/real/held-reinvite/1-desk-1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Join(bytes.SplitAfter(text, []byte("\n"))[:8], nil)
	size := func(words []byte) int {
		var b bytes.Buffer
		z, err := zlib.NewWriterLevelDict(&b, zlib.BestCompression, words)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(first); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		n := b.Len()
		r, err := zlib.NewReaderDict(&b, words)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, first) {
			t.Fatalf("it comes back as %q, %v", back, err)
		}
		return n
	}
	if plain, dense := size(nil), size([]byte(Dictionary)); dense*2 > plain {
		t.Errorf("%d bytes with it, %d without", dense, plain)
	}
}
