package access

import "testing"

// What a login costs that was not verified before.
func BenchmarkHash(b *testing.B) {
	h, err := parseHash(hashPassword("password"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		h.matches([]byte("password"))
	}
}
