package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
	"sidetone/trace"
)

func TestFiltersReachTheStore(t *testing.T) {
	toronto, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	busy, yes := 486, true
	for query, want := range map[string]store.Filter{
		"":                                  {},
		"result=failed":                     {Result: trace.ResultFailed},
		"device=reception-1&number=102":     {Device: "reception-1", Number: "102"},
		"side=timer&last_response=486":      {Side: trace.Timer, LastResponse: &busy},
		"held=true":                         {Held: &yes},
		"since=2026-11-20&until=2026-11-21": {From: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)},
		"since=2026-11-20&zone=America%2FToronto": {From: time.Date(2026, 11, 20, 0, 0, 0, 0, toronto)},
		"cursor=2": {Cursor: "2"},
	} {
		s := house()
		page(t, handler(s), "/?"+query)
		if diff := cmp.Diff(want, s.asked[0]); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestFilterIsASentenceOfRemovableChips(t *testing.T) {
	doc := page(t, handler(house()), "/?device=reception-1&result=failed&since=2026-11-16")
	contains(t, doc, `class="sentence"`,
		`href="/?device=reception-1&amp;since=2026-11-16"`, "failed", "calls",
		`href="/?result=failed&amp;since=2026-11-16"`, "of Reception",
		`href="/?device=reception-1&amp;result=failed"`, "since Monday 16 November 2026")
	french := page(t, handler(house()), "/?device=reception-1&lang=fr-CA&result=failed")
	contains(t, french, `class="sentence"`, "Appels", "échoués", "de Reception")
}

func TestFormWithEmptyFieldsLeadsToTheShortAddress(t *testing.T) {
	w := get(t, handler(house()), "/?result=busy&device=&number=&side=&last_response=&held=&since=&until=&zone=America%2FToronto&lang=fr-CA")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/?lang=fr-CA&result=busy" {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestConditionThatMakesNoSenseIsSaidAndLeftOut(t *testing.T) {
	for _, query := range []string{"result=splendid", "side=north", "last_response=many", "held=perhaps", "since=monday", "since=2026-13-40", "zone=Mars%2FOlympus", "last_response=-1"} {
		s := house()
		doc := page(t, handler(s), "/?"+query)
		contains(t, doc, "was not understood and is left out")
		if diff := cmp.Diff(store.Filter{}, s.asked[0]); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestOlderCallsAreAPageAway(t *testing.T) {
	s := house()
	for i := range 60 {
		s.put(fmt.Sprint("busy-", i), scripted("busy", time.Duration(i)*time.Hour))
	}
	h := handler(s)
	first := page(t, h, "/?result=busy")
	contains(t, first, `rel="next" href="/?cursor=50&amp;result=busy"`)
	second := page(t, h, "/?cursor=50&result=busy")
	contains(t, second, `href="/?result=busy"`, "Newest calls")
	if strings.Contains(second, `rel="next"`) {
		t.Error("the last page points further")
	}
}
