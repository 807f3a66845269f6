package page_test

import (
	"testing"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/page"
	"sidetone/trace/story"
)

func ref(seq uint64) trace.EventRef { return trace.EventRef{Device: "a", Boot: 1, Seq: seq} }

func TestStepRowAndEventSelectEachOther(t *testing.T) {
	steps := []story.Step{
		{ID: "called", Evidence: []trace.EventRef{ref(1), ref(2)}},
		{ID: "a.0000000000000001.5", Evidence: []trace.EventRef{ref(5), ref(6), ref(7)}}, // the hold; its band has the same id
		{ID: "alone", Evidence: []trace.EventRef{ref(20)}},
	}
	rows := []ladder.Row{
		{ID: "invite", Kind: ladder.Arrow, Evidence: []trace.EventRef{ref(2)}},
		{ID: "a.0000000000000001.5", Kind: ladder.Band, Evidence: []trace.EventRef{ref(5)}},
		{ID: "reinvite", Kind: ladder.Arrow, Evidence: []trace.EventRef{ref(6)}},
		{ID: "ok", Kind: ladder.Arrow, Evidence: []trace.EventRef{ref(7)}},
		{ID: "stray", Kind: ladder.Arrow, Evidence: []trace.EventRef{ref(30)}},
	}
	for id, want := range map[string]page.Selection{
		"s-called":               {Step: 0, Row: 0},
		"s-a.0000000000000001.5": {Step: 1, Row: 2}, // the message, not the band
		"l-a.0000000000000001.5": {Step: 1, Row: 1},
		"l-ok":                   {Step: 1, Row: 3},
		"a.0000000000000001.7":   {Step: 1, Row: 3},
		"a.0000000000000001.5":   {Step: 1, Row: 1},
		"s-alone":                {Step: 2, Row: -1},
		"l-stray":                {Step: -1, Row: 4},
		"s-nothing":              {Step: -1, Row: -1},
		"":                       {Step: -1, Row: -1},
	} {
		if got := page.Resolve(id, steps, rows); got != want {
			t.Errorf("%q: %+v, want %+v", id, got, want)
		}
	}
}
