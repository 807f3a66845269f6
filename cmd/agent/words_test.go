package main

import (
	"testing"

	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
)

func TestEveryWordExistsInBothLanguagesAndFrenchFollowsCanadianTypography(t *testing.T) {
	calltest.CheckWords(t, wordsIn(phrase.En), wordsIn(phrase.FrCA))
}
