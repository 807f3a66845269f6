package terminal

import "testing"

func TestASCIIKeepsEveryColumn(t *testing.T) {
	for s, want := range map[string]string{
		"plain": "plain", "mis en attente à l’aéroport": "mis en attente a l'aeroport", "│──>│": "|-->|", "░▒ ┃┇┊": "=/ #%:",
		"a\u00a0·\u00a0b": "a - b", "倉庫": "????", "e\u0301": "e", "−3,310 … ×2": "-3,310 . x2",
	} {
		if got := ASCII(s); got != want || Width(got) != Width(s) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
