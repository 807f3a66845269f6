package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
)

func TestRefusalsAreRememberedByWhoAndWhy(t *testing.T) {
	s := new(Stats)
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s.RefuseOf(store.Refusal{Reason: "wrong password", Device: "a", Address: "192.0.2.1", Last: at})
	s.RefuseOf(store.Refusal{Reason: "publish", Device: "b", Address: "192.0.2.2", What: "x\xff", Last: at})
	s.RefuseOf(store.Refusal{Reason: "wrong password", Device: "a", Address: "192.0.2.1", Last: at.Add(time.Second)})
	s.RefuseOf(store.Refusal{Reason: "identifier", Device: "No Name\n", What: strings.Repeat("w", 500), Last: at})
	want := []store.Refusal{
		{Reason: "identifier", What: strings.Repeat("w", maxWhat), Count: 1, Last: at},
		{Reason: "wrong password", Device: "a", Address: "192.0.2.1", Count: 2, Last: at.Add(time.Second)},
		{Reason: "publish", Device: "b", Address: "192.0.2.2", What: "x", Count: 1, Last: at},
	}
	if diff := cmp.Diff(want, s.Refusals()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"wrong password": 2, "publish": 1, "identifier": 1}, s.Snapshot().Refused); diff != "" {
		t.Error(diff)
	}
	for i := range 3 * maxRefusals {
		s.RefuseOf(store.Refusal{Reason: "flood", Device: fmt.Sprint("d", i)})
	}
	if got := s.Refusals(); len(got) != maxRefusals || got[0].Device != fmt.Sprint("d", 3*maxRefusals-1) {
		t.Errorf("%d remembered, the last %+v", len(got), got[0])
	}
}
