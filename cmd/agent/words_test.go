package main

import (
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

func TestEveryWordExistsInBothLanguagesAndFrenchFollowsCanadianTypography(t *testing.T) {
	calltest.CheckWords(t, wordsIn(phrase.En), wordsIn(phrase.FrCA))
}

func TestReviewOfTheFrenchHasTheWordsOfTheTraceCommands(t *testing.T) {
	const maker = "go test ./cmd/agent -run Review -update"
	table := calltest.ReviewWords("Trace commands: cmd/agent/words.go", wordsIn(phrase.En), wordsIn(phrase.FrCA))
	calltest.Review(t, *update, "../../docs/fr-review.md", maker, table)
}
