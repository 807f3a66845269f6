package seal

import (
	"bytes"
	"testing"
)

// What is signed can be read back field by field, so two lists of fields are never the same bytes.
func FuzzMessage(f *testing.F) {
	f.Add("a", "bc", "")
	f.Add("", "\x00\x00\x00\x01a", "{}")
	f.Fuzz(func(t *testing.T, label, first, second string) {
		rest, want := message(label, []string{first, second}), []string{label, first, second}
		for _, field := range want {
			if len(rest) < 4 {
				t.Fatalf("%q: %q is left for %q", want, rest, field)
			}
			n := int(rest[0])<<24 | int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
			if rest = rest[4:]; n > len(rest) || !bytes.Equal(rest[:n], []byte(field)) {
				t.Fatalf("%q: %d bytes of %q are not %q", want, n, rest, field)
			}
			rest = rest[n:]
		}
		if len(rest) > 0 {
			t.Errorf("%q leaves %q", want, rest)
		}
	})
}
