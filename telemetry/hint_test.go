package telemetry

import "testing"

func FuzzParseHint(f *testing.F) {
	for _, s := range []string{
		`{"wait_us":60000000}`, `{"wait_us":9223372036854775807}`, `{"wait_us":-1,"dict":"24ece8ec"}`, `{"wait_us":1e30}`, `[]`, `null`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, stay := parseHint(b); stay < 0 || stay > longestStay || stay > 0 && h.WaitUS <= 0 {
			t.Fatalf("%+v, %v", h, stay)
		}
	})
}
