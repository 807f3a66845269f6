package idna

import "testing"

func TestNamesOfASCIIPassAndOthersAreRefused(t *testing.T) {
	for _, name := range []string{"", "broker.example", "xn--bcher-kva.example", "[2001:db8::1]", "A_b\x7f"} {
		if got, err := ToASCII(name); err != nil || got != name {
			t.Errorf("%q becomes %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"bücher.example", "例え.example", "a\x80", "\xff"} {
		if got, err := ToASCII(name); err == nil || got != "" {
			t.Errorf("%q becomes %q, %v", name, got, err)
		}
	}
}
