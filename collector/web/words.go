package web

import (
	"sidetone/trace"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// words are the strings of the collector's own pages; those of the call flow are in trace/page.
type words struct {
	// The list of calls and its filter.
	CallsWord, Remove                                                  string
	OfDevice, WithNumber, EndedBy, WithResponse, WithHold, WithoutHold string
	Since, Until                                                       string
	LabelResult, LabelDevice, LabelSide, LabelResponse                 string
	LabelHeld, LabelUntil                                              string
	AnyResult, AnyDevice, AnySide, AnyHold, AnyNumber, AnyResponse     string
	ResultFirst                                                        bool // the adjective stands before the noun
	Results                                                            map[trace.Result]string
	Sides                                                              map[trace.Side]string
	BadValue                                                           string
	FirstStep, SecondStep, ThirdStep                                   string

	// The devices.
	Started, UpSince, InMemory string
	Configured, OnTrial        string // with a version
	ConfigRefused              string // with a version and why
	Waited                     page.Count
	Restarts                   map[trace.Restart]string
	TurnedAway, TurnedAwayText string
	Why, Asked, HowOften       string
	Refusals                   map[string]string // in the reader's language, by the reason

	// What goes wrong.
	BadCursor, Broken string
}

// wordsIn gives the words of a language; English when there are none.
func wordsIn(lang phrase.Lang) words {
	if lang == phrase.FrCA {
		return french
	}
	return english
}

var english = words{
	CallsWord: "calls", Remove: "Remove the condition: %s",
	OfDevice: "of %s", WithNumber: "with %s", EndedBy: "ended by %s", WithResponse: "with last response %s",
	WithHold: "with a hold", WithoutHold: "without a hold", Since: "since %s", Until: "until %s",
	LabelResult: "Result", LabelDevice: "Device", LabelSide: "Ended by", LabelResponse: "Last response",
	LabelHeld: "Hold", LabelUntil: "Until",
	AnyResult: "any", AnyDevice: "any", AnySide: "anybody", AnyHold: "with or without", AnyNumber: "any", AnyResponse: "any",
	ResultFirst: true,
	Results: map[trace.Result]string{
		trace.ResultAnswered: "answered", trace.ResultBusy: "busy", trace.ResultNoAnswer: "unanswered",
		trace.ResultCancelled: "cancelled", trace.ResultForwarded: "sent on", trace.ResultFailed: "failed", trace.ResultBlocked: "blocked",
	},
	Sides: map[trace.Side]string{
		trace.Local: "the device itself", trace.Remote: "the other side", trace.Network: "the network", trace.Timer: "a time limit",
	},
	BadValue:   "“%s” was not understood and is left out.",
	FirstStep:  "On each phone, have the agent report here: in its configuration, telemetry.broker is",
	SecondStep: "Start it, and it appears under Devices:",
	ThirdStep:  "Make a call. It appears here while it is going on:",

	Started: "started %s", UpSince: "up since", InMemory: "events wait in memory only",
	Configured: "configuration %d", OnTrial: "configuration %d, on trial", ConfigRefused: "configuration %d refused: %s",
	Waited: page.Count{One: "%d event waited when it connected", Many: "%d events waited when it connected"},
	Restarts: map[trace.Restart]string{
		trace.RestartFirst: "for the first time", trace.RestartStop: "after an orderly stop", trace.RestartReboot: "after an orderly reboot",
		trace.RestartUpdate: "after an update", trace.RestartWatchdog: "after a reset by the watchdog", trace.RestartPower: "after a power cut or a kernel crash",
		trace.RestartCrash: "after a crash or a kill", trace.RestartCut: "after it was cut off",
	},
	TurnedAway: "Turned away", TurnedAwayText: "By this collector’s broker, since it has started.",
	Why: "Why", Asked: "Asked for", HowOften: "Times",
	Refusals: map[string]string{},

	BadCursor: "This place in the list of calls no longer exists.",
	Broken:    "The page could not be made. The collector’s log says why.",
}

var french = words{
	CallsWord: "appels", Remove: "Retirer la condition\u00a0: %s",
	OfDevice: "de %s", WithNumber: "avec %s", EndedBy: "terminés par %s", WithResponse: "avec %s comme dernière réponse",
	WithHold: "avec mise en attente", WithoutHold: "sans mise en attente", Since: "depuis le %s", Until: "jusqu’au %s",
	LabelResult: "Résultat", LabelDevice: "Appareil", LabelSide: "Terminés par", LabelResponse: "Dernière réponse",
	LabelHeld: "Mise en attente", LabelUntil: "Jusqu’au",
	AnyResult: "tous", AnyDevice: "tous", AnySide: "n’importe qui", AnyHold: "avec ou sans", AnyNumber: "tous", AnyResponse: "toutes",
	Results: map[trace.Result]string{
		trace.ResultAnswered: "répondus", trace.ResultBusy: "occupés", trace.ResultNoAnswer: "sans réponse",
		trace.ResultCancelled: "annulés", trace.ResultForwarded: "renvoyés", trace.ResultFailed: "échoués", trace.ResultBlocked: "bloqués",
	},
	Sides: map[trace.Side]string{
		trace.Local: "l’appareil lui-même", trace.Remote: "l’autre côté", trace.Network: "le réseau", trace.Timer: "un délai",
	},
	BadValue:   "«\u00a0%s\u00a0» n’a pas été compris et n’est pas pris en compte.",
	FirstStep:  "Sur chaque téléphone, faites rapporter l’agent ici\u00a0: dans sa configuration, telemetry.broker est",
	SecondStep: "Démarrez-le, et il apparaît sous Appareils\u00a0:",
	ThirdStep:  "Faites un appel. Il apparaît ici pendant qu’il a lieu\u00a0:",

	Started: "démarré %s", UpSince: "en marche depuis", InMemory: "les événements attendent en mémoire seulement",
	Configured: "configuration %d", OnTrial: "configuration %d, à l’essai", ConfigRefused: "configuration %d refusée\u00a0: %s",
	Waited: page.Count{One: "%d événement attendait à la connexion", Many: "%d événements attendaient à la connexion"},
	Restarts: map[trace.Restart]string{
		trace.RestartFirst: "pour la première fois", trace.RestartStop: "après un arrêt en règle", trace.RestartReboot: "après un redémarrage en règle",
		trace.RestartUpdate: "après une mise à jour", trace.RestartWatchdog: "après une réinitialisation par le chien de garde",
		trace.RestartPower: "après une coupure de courant ou une panne du noyau", trace.RestartCrash: "après une panne ou un arrêt forcé",
		trace.RestartCut: "après une interruption",
	},
	TurnedAway: "Refusés", TurnedAwayText: "Par le courtier de ce collecteur, depuis son démarrage.",
	Why: "Motif", Asked: "Demande", HowOften: "Fois",
	Refusals: map[string]string{
		"client identifier": "identifiant qui n’est pas un nom d’appareil", "will that is not the own state": "dernière volonté qui n’est pas son propre état",
		"publish outside the own branch": "publication hors de sa branche", "subscribe outside the own branch": "abonnement hors de sa branche",
		"not durable": "n’a pas pu être enregistré", "too many subscriptions": "trop d’abonnements", "too many connections": "trop de connexions", "too many devices": "trop d’appareils",
		"too many connections of one address": "trop de connexions d’une même adresse", "TLS handshake": "échec de la négociation TLS",
		"retained that must not be": "message retenu qui ne doit pas l’être", "credentials taken back": "accès retiré", "protocol": "erreur de protocole",
		"panic": "erreur interne", "user name of another device": "nom d’utilisateur d’un autre appareil", "unknown device": "appareil inconnu",
		"revoked device": "appareil révoqué", "wrong password": "mot de passe erroné", "certificate of another device": "certificat d’un autre appareil",
		"expired certificate": "certificat expiré", "certificate that is no longer good": "certificat qui n’est plus valide",
		"too many failed logins": "trop de connexions manquées", "too many logins at a time": "trop de connexions à la fois",
	},

	BadCursor: "Cet endroit de la liste des appels n’existe plus.",
	Broken:    "La page n’a pas pu être produite. Le journal du collecteur dit pourquoi.",
}
