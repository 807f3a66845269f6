package web

import (
	"flag"
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

var update = flag.Bool("update", false, "write a part of docs/fr-review.md")

func TestEveryWordExistsInBothLanguagesAndFrenchFollowsCanadianTypography(t *testing.T) {
	calltest.CheckWords(t, wordsIn(phrase.En), wordsIn(phrase.FrCA))
}

func TestReviewOfTheFrenchHasTheWordsOfTheCollector(t *testing.T) {
	const maker = "go test ./collector/web -run Review -update"
	table := calltest.ReviewWords("Pages of the collector: collector/web/words.go", wordsIn(phrase.En), wordsIn(phrase.FrCA))
	calltest.Review(t, *update, "../../docs/fr-review.md", maker, table)
}
