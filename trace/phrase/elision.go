package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// elided writes de or que before a word: « de Marc », « d’Alice », « de 101 ». A number is never elided before, not even 8 or 11.
// Before words of the catalogue that begin with an article, de is contracted: « du réseau », « des appareils ».
func elided(stem, word string) string {
	if stem == "d" {
		if rest, ok := strings.CutPrefix(word, "le "); ok {
			return "du " + rest
		}
		if rest, ok := strings.CutPrefix(word, "les "); ok {
			return "des " + rest
		}
	}
	if losesVowel(strings.ToLower(word)) {
		return stem + "’" + word
	}
	return stem + "e " + word
}

const vowels = "aeiouàâäéèêëîïôöùûüœæ"

// losesVowel tells whether a word in small letters begins with the sound of a vowel: a vowel, y before a consonant (« d’Yves », « de Yann »),
// or a mute h. Most names with h that are foreign have it aspirated, as have words such as hall and hangar; so only what is
// known to be mute counts.
func losesVowel(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	second, _ := utf8.DecodeRuneInString(word[size:])
	switch first {
	case 'y':
		return unicode.IsLetter(second) && !strings.ContainsRune(vowels, second)
	case 'h':
		for _, begins := range muteH {
			if strings.HasPrefix(word, begins) {
				return true
			}
		}
		return false
	default:
		return strings.ContainsRune(vowels, first)
	}
}

// muteH is how names and words with a mute h begin, as people give them to telephones.
var muteH = strings.Fields("hél hel henri herv herm hipp hist hon hora horl hort hosp hub hugue huile huissier humid human hyd hyg hyp hôt hôp habit")

// withArticle writes what was dialled: « le 102 », « le +1 514 555-0199 », but « alice ».
func withArticle(dialled string) string {
	if dialled != "" && strings.Trim(dialled, "0123456789+*#().- ") == "" {
		return "le " + dialled
	}
	return dialled
}
