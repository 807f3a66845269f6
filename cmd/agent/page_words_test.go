//go:build !small

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/journal"
	"sidetone/switchboard"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

func TestThePageTellsTheStatusInFrench(t *testing.T) {
	const want = `reception-1 : combiné décroché, courtier connecté
événements en attente du courtier : 12
ligne 101 enregistrée
ligne 102 enregistrée, mais enregistrement non renouvelé (503 Busy)
ligne 103 non enregistrée (no answer)
ligne 104 en cours d’enregistrement
ligne 105 sans enregistrement
appel 1  → Warehouse 102  en conversation depuis 41 s  au combiné  mis en attente ici  mis en attente par l’autre côté  suspendu jusqu’à 10:00:30  en cours de transfert vers 103  01A
appel 2  ← +15145550100  sonne depuis 1,2 s  01B
entendu : une tonalité de 620 Hz à -12,0 dBFS
reception-1 : combiné raccroché, courtier non connecté : no route
journal en mémoire : read-only file system; une coupure de courant fait perdre ce qui n’est pas encore arrivé
aucun appel
entendu : un son à -30,0 dBFS
`
	french := sayingIn(phrase.FrCA)
	if diff := cmp.Diff(want, terminal.Plain(busyStatus().text(phrase.FrCA, french)+idleStatus().text(phrase.FrCA, french))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryWordOfTheStatusIsInTheTable(t *testing.T) {
	say := func(english string) string {
		if statusInFrench[english] == "" {
			t.Errorf("no French for %q", english)
		}
		return english
	}
	busyStatus().text(phrase.FrCA, say)
	for _, uplink := range []string{"none", "connected", "not connected yet", "not connected: why"} {
		st := idleStatus()
		st.Uplink = uplink
		st.text(phrase.FrCA, say)
	}
	for _, state := range []switchboard.State{
		switchboard.StateCalling, switchboard.StateRinging, switchboard.StateTalking, switchboard.StateHeld, switchboard.StateEnding,
	} {
		callText(switchboard.CallStatus{State: state}, phrase.FrCA, say)
	}
}

func TestThePageSaysHowTheJournalIs(t *testing.T) {
	for lang, want := range map[phrase.Lang]string{
		phrase.En:   "journal: 1,234 of 8,388 kB, 2 records not at the broker yet, 3 dropped\n",
		phrase.FrCA: "journal : 1 234 ko sur 8 388, enregistrements pas encore chez le courtier : 2, perdus : 3\n",
	} {
		got := terminal.Plain(journalText(lang, journal.Stats{Bytes: 1_234_000, Depth: 2, Dropped: 3}, 8<<20))
		if got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// statusReview is the words of the status in the shape that tables of words have.
type statusReview struct{ Status map[string]string }

func TestReviewOfTheFrenchHasTheWordsOfTheStatus(t *testing.T) {
	const maker = "go test ./cmd/agent -run Review -update"
	words := statusReview{statusInFrench}
	calltest.CheckWords(t, statusReview{}, words)
	table := calltest.ReviewWords("Trace commands: cmd/agent/words.go", wordsIn(phrase.En), wordsIn(phrase.FrCA)) +
		"\n" + calltest.ReviewWords("The device’s own page: cmd/agent/page_words.go", statusReview{}, words)
	calltest.Review(t, *update, "../../docs/fr-review.md", maker, table)
}
