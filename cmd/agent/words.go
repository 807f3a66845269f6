package main

import (
	"fmt"

	"sidetone/trace/story"
)

// words are what the trace commands say themselves; what is said about a call comes from the story.
type words struct {
	noCalls       string
	eventsMissing string // takes a number
	oneMissing    string
	waiting       string // takes a folder
	watching      string
	causedBy      string // takes a cause
	definedIn     string // takes the number of an RFC
	ownCode       string
	comesFrom     string // takes a side or a place
	noAgent       string
}

func wordsIn(lang story.Lang) words {
	if lang == story.FrCA {
		return words{
			noCalls: "Aucun appel.", eventsMissing: "%d événements manquants", oneMissing: "1 événement manquant",
			waiting: "En attente d’un agent qui écrit dans %s…", watching: "En attente d’appels; Ctrl-C pour quitter.",
			causedBy: "Cause Q.850\u00a0: %s", definedIn: "RFC %s",
			ownCode: "un code de Sidetone, jamais transmis", comesFrom: "Origine\u00a0: %s",
			noAgent: "aucun agent n’est en marche; l’appel a été interrompu, et la suite n’a pas été consignée",
		}
	}
	return words{
		noCalls: "No calls.", eventsMissing: "%d events missing", oneMissing: "1 event missing",
		waiting: "Waiting for an agent that writes to %s…", watching: "Waiting for calls; Ctrl-C ends.",
		causedBy: "Q.850 cause: %s", definedIn: "RFC %s",
		ownCode: "a code of Sidetone, never sent", comesFrom: "Where it comes from: %s",
		noAgent: "no agent is running: the call was cut off, and what followed was not recorded",
	}
}

func (w words) missing(n int) string {
	if n == 1 {
		return w.oneMissing
	}
	return fmt.Sprintf(w.eventsMissing, n)
}
