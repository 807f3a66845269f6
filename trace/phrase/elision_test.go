package phrase

import "testing"

func TestDeAndQueBeforeEveryKindOfName(t *testing.T) {
	for word, want := range map[string]string{
		"Marc": "de Marc", "Alice": "d’Alice", "Émile": "d’Émile", "Œuvres": "d’Œuvres", "Yves": "d’Yves", "Yann": "de Yann", "Y": "de Y",
		"Hélène": "d’Hélène", "Henri": "d’Henri", "Hôtel": "d’Hôtel", "Hall": "de Hall", "Harry": "de Harry", "Huang": "de Huang",
		"101": "de 101", "8": "de 8", "11": "de 11", "+15145550199": "de +15145550199", "ISUP T2": "d’ISUP T2", "": "de ",
		"le réseau": "du réseau", "les appareils": "des appareils", "l’appelant": "de l’appelant", "la personne": "de la personne", "Le Corre": "de Le Corre",
		"un tiers": "d’un tiers", "“Ann”": "de “Ann”",
	} {
		if got := elided("d", word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]string{"Alice": "qu’Alice", "Marc": "que Marc", "le réseau": "que le réseau", "101": "que 101"} {
		if got := elided("qu", word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestNumbersHaveAnArticleAndNamesNone(t *testing.T) {
	for dialled, want := range map[string]string{"102": "le 102", "+1 514 555-0199": "le +1 514 555-0199", "*72": "le *72", "alice": "alice", "bob2": "bob2", "": ""} {
		if got := withArticle(dialled); got != want {
			t.Errorf("%q: %q, want %q", dialled, got, want)
		}
	}
}
