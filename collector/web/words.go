package web

import (
	"sidetone/trace"
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

	BadCursor: "Cet endroit de la liste des appels n’existe plus.",
	Broken:    "La page n’a pas pu être produite. Le journal du collecteur dit pourquoi.",
}
