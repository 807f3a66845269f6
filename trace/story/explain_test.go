package story_test

import (
	"strings"
	"testing"

	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// registered are the response codes of IANA's registry of SIP parameters, as of mid-2026.
const registered = "100 180 181 182 183 199 200 202 204 300 301 302 305 380 400 401 402 403 404 405 406 407 408 410 412 413 414 415 416 417 420 " +
	"421 422 423 424 425 428 429 430 433 436 437 438 439 440 469 470 480 481 482 483 484 485 486 487 488 489 491 493 494 500 501 502 503 504 505 513 " +
	"555 580 600 603 604 606 607 608"

func TestExplainKnowsEveryRegisteredCodeInBothLanguages(t *testing.T) {
	codes := strings.Fields(registered)
	if len(codes) != 75 {
		t.Fatalf("%d codes", len(codes))
	}
	said := map[string]string{}
	for _, code := range append(codes, "0", "18X", "9XX", "BYE", "CANCEL") {
		en, err := story.Explain(code, story.En)
		if err != nil {
			t.Error(err)
			continue
		}
		fr, err := story.Explain(code, story.FrCA)
		if err != nil || en.Status != code || fr.Status != code || en.Sentence == fr.Sentence {
			t.Errorf("%s: %+v, %+v, %v", code, en, fr, err)
		}
		for _, e := range []story.Explanation{en, fr} {
			if strings.ContainsAny(e.Sentence+e.Where+e.Q850, "⟦⟧{}") || !strings.HasSuffix(e.Sentence, ".") {
				t.Errorf("%s: %+v", code, e)
			}
		}
		if n := len(code); n == 3 && code[0] <= '6' && code != "18X" && (en.Phrase == "" || en.RFC == "") {
			t.Errorf("%s has no phrase or no RFC: %+v", code, en)
		}
		if other := said[en.Sentence]; other != "" {
			t.Errorf("%s is explained as %s is: %q", code, other, en.Sentence)
		}
		said[en.Sentence] = code
	}
}

func TestEveryCauseOfQ850HasItsOwnMeaning(t *testing.T) {
	// ITU-T Q.850 (2018) table 1.
	const causes = "1 2 3 4 5 6 7 8 9 14 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 34 38 39 40 41 42 43 44 46 47 49 50 53 55 57 58 62 63 65 66 69 70 " +
		"79 81 82 83 84 85 86 87 88 90 91 95 96 97 98 99 100 101 102 103 110 111 127"
	for _, cause := range strings.Fields(causes) {
		if !phrase.Has("cause." + cause) {
			t.Errorf("%s has no meaning of its own", cause)
		}
	}
}

func TestExplainInPlainWords(t *testing.T) {
	for _, c := range []struct {
		status string
		lang   story.Lang
		want   story.Explanation
	}{
		{"486", story.En, story.Explanation{Status: "486", Phrase: "Busy Here", RFC: "3261", Sentence: "The called party is busy.", Q850: "17 User busy", Where: "the called side"}},
		{"486", story.FrCA, story.Explanation{Status: "486", Phrase: "Busy Here", RFC: "3261", Sentence: "La ligne de la personne appelée est occupée.", Q850: "17 Occupé", Where: "le côté appelé"}},
		{" 18x ", story.En, story.Explanation{Status: "18X", Sentence: "The called party’s phone rang, but nobody answered.", Q850: "19 No answer, the telephone rang", Where: "the called side"}},
	} {
		got, err := story.Explain(c.status, c.lang)
		if err != nil || got != c.want {
			t.Errorf("%s %s: %+v, %v", c.status, c.lang, got, err)
		}
	}
	if e, err := story.Explain("900", story.En); err != nil || e.Status != "9XX" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, status := range []string{"", "699", "abc", "-1", "\x1b[2J"} {
		if _, err := story.Explain(status, story.En); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", status, err)
		}
	}
}
