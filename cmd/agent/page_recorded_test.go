//go:build !small

package main

import (
	"errors"
	"testing"

	"sidetone/journal"
	"sidetone/technician"
	"sidetone/trace/calltest"
)

func TestPageReadsAJournalThatGrowsMeanwhile(t *testing.T) {
	j, err := journal.Open(journal.Options{MaxBytes: 0}) // in memory, where there is no folder to read
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	events := calltest.Calls()["answered"]()[0].Events
	write := func() {
		for _, e := range events {
			line, err := e.Encode()
			if err == nil {
				_, err = j.Append(line, false)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	write()
	calls := recordedCalls{archive{live: j, device: "reception-1", name: "Reception"}}
	more := make(chan struct{})
	go func() {
		defer close(more)
		for range 20 {
			write()
		}
	}()
	for range 20 {
		list, lost, err := calls.List(t.Context(), technician.Filter{})
		if err != nil || len(list) != 1 || lost != 0 || list[0].Device != "reception-1" {
			t.Fatalf("%d calls, %d lost, %v", len(list), lost, err)
		}
		views, err := calls.Views(t.Context(), list[0].ID)
		if err != nil || len(views) != 1 || len(views[0].Events) < 10 || views[0].Name != "Reception" {
			t.Fatalf("%d views, %v", len(views), err)
		}
	}
	<-more
	if list, _, err := calls.List(t.Context(), technician.Filter{Failed: true}); err != nil || len(list) != 0 {
		t.Errorf("%d calls failed, %v", len(list), err)
	}
	for _, id := range []string{"", "last", "nobody", `"`} {
		if _, err := calls.Views(t.Context(), id); !errors.Is(err, technician.ErrNoCall) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
