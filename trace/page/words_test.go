package page

import (
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

func TestEveryWordExistsInBothLanguagesAndFrenchFollowsCanadianTypography(t *testing.T) {
	calltest.CheckWords(t, *WordsIn(phrase.En), *WordsIn(phrase.FrCA))
}

func TestReviewOfTheFrenchHasTheWordsOfThePages(t *testing.T) {
	const maker = "go test ./trace/page -run Review -update"
	table := calltest.ReviewWords("Pages: trace/page/words_fr.go", *WordsIn(phrase.En), *WordsIn(phrase.FrCA))
	calltest.Review(t, *update, "../../docs/fr-review.md", maker, table)
}
