//go:build !small

package main

import "sidetone/trace/phrase"

// sayingIn gives the words of the status in a language, which only the page tells in another one than English.
func sayingIn(lang phrase.Lang) saying {
	if lang != phrase.FrCA {
		return inEnglish
	}
	return func(english string) string {
		if said, known := statusInFrench[english]; known {
			return said
		}
		return english
	}
}

// statusInFrench is Canadian French, with a no-break space before a colon and a unit.
var statusInFrench = map[string]string{
	"%s: handset on hook, broker %s":    "%s\u00a0: combiné raccroché, courtier %s",
	"%s: handset off hook, broker %s":   "%s\u00a0: combiné décroché, courtier %s",
	"none":                              "aucun",
	"connected":                         "connecté",
	"not connected":                     "non connecté",
	"not connected yet":                 "pas encore connecté",
	"%s: %s":                            "%s\u00a0: %s",
	"events waiting for the broker: %d": "événements en attente du courtier\u00a0: %d",
	"memory":                            "mémoire",
	"journal in %s; a cut of power loses what has not arrived": "journal en %s; une coupure de courant fait perdre ce qui n’est pas encore arrivé",

	"%s registered":                    "ligne %s enregistrée",
	"%s registered, but not refreshed": "ligne %s enregistrée, mais enregistrement non renouvelé",
	"%s registering":                   "ligne %s en cours d’enregistrement",
	"%s not registered":                "ligne %s non enregistrée",
	"%s does not register":             "ligne %s sans enregistrement",

	"no call":                           "aucun appel",
	"line %d  %s %s  %s for %s%s  %s\n": "appel %d  %s %s  %s depuis %s%s  %s\n",
	"calling":                           "en cours d’appel",
	"ringing":                           "sonne",
	"talking":                           "en conversation",
	"held":                              "en attente",
	"ending":                            "se termine",
	"in the handset":                    "au combiné",
	"on hold here":                      "mis en attente ici",
	"on hold by the other side":         "mis en attente par l’autre côté",
	"suspended until %s":                "suspendu jusqu’à %s",
	"being transferred to %s":           "en cours de transfert vers %s",

	"heard: a tone of %.0f Hz at %s dBFS": "entendu\u00a0: une tonalité de %.0f\u00a0Hz à %s\u00a0dBFS",
	"heard: sound at %s dBFS":             "entendu\u00a0: un son à %s\u00a0dBFS",

	"journal: %s of %s kB, %s records not at the broker yet, %s dropped": "journal\u00a0: %s\u00a0ko sur %s, enregistrements pas encore chez le courtier\u00a0: %s, perdus\u00a0: %s",
}
