package spelling

import "testing"

func TestNearestIsWhatWasProbablyMeant(t *testing.T) {
	names := []string{"trace", "transfer", "hold", "hangup", "status"}
	for word, want := range map[string]string{
		"trce": "trace", "TRACE": "trace", "tarce": "trace", "holt": "hold", "han": "hangup", "hangupp": "hangup", "sta": "status", "st": "", "explode": "", "": "",
		"transfr": "transfer",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
