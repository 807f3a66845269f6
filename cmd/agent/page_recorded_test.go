//go:build !small

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/journal"
	"sidetone/technician"
	"sidetone/trace/calltest"
)

// openJournal opens a journal for the time of a test.
func openJournal(t *testing.T, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestPageReadsAJournalThatGrowsMeanwhile(t *testing.T) {
	j := openJournal(t, journal.Options{MaxBytes: 0}) // in memory, where there is no folder to read
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
	calls := &recordedCalls{archive: archive{live: j, device: "reception-1", name: "Reception"}}
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

// writeCalls records n calls that differ in nothing but their ids.
func writeCalls(t *testing.T, j *journal.Journal, from, n int) {
	t.Helper()
	events := calltest.Calls()["answered"]()[0].Events
	for i := range n {
		for _, e := range events {
			e.Call = fmt.Sprintf("01CALL%04d", from+i)
			line, err := e.Encode()
			if err == nil {
				_, err = j.Append(line, false)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func listed(t *testing.T, calls *recordedCalls) []string {
	t.Helper()
	list, lost, err := calls.List(t.Context(), technician.Filter{})
	if err != nil || lost != 0 {
		t.Fatalf("%d lost, %v", lost, err)
	}
	ids := []string{}
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestPageListsWhatTheJournalHasHoweverOftenItIsLookedAt(t *testing.T) {
	j := openJournal(t, journal.Options{Dir: t.TempDir(), MaxBytes: 256 << 10})
	calls := &recordedCalls{archive: archive{live: j, device: "reception-1"}}
	most := 0
	for round := range 12 {
		writeCalls(t, j, 10*round, 10)
		got := listed(t, calls)
		if diff := cmp.Diff(listed(t, &recordedCalls{archive: calls.archive}), got); diff != "" {
			t.Fatalf("round %d, against what is read anew (-want +got):\n%s", round, diff)
		}
		most = max(most, len(got))
	}
	if calls.next != j.Last()+1 || most < 10 || most > 20 || len(calls.index.byID) != len(calls.index.calls) {
		t.Errorf("read up to %d of %d, %d calls at most, %d known", calls.next, j.Last(), most, len(calls.index.byID))
	}
}

func TestPageReadsAJournalAnewWhoseRecordsHaveOtherNumbersNow(t *testing.T) {
	memory := openJournal(t, journal.Options{})
	disk := openJournal(t, journal.Options{Dir: t.TempDir(), MaxBytes: 1 << 20})
	writeCalls(t, memory, 0, 5)
	writeCalls(t, disk, 3, 4)
	calls := &recordedCalls{archive: archive{live: memory, device: "reception-1"}}
	listed(t, calls)
	calls.archive.live = disk                                                // in an agent it is the same one, once its directory is there
	want := []string{"01CALL0006", "01CALL0005", "01CALL0004", "01CALL0003"} // newest first
	if diff := cmp.Diff(want, listed(t, calls)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPageSaysOnceThatPartOfTheJournalIsOfAnotherFormat(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "00000000000000000001.v9"), []byte("from the future"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, journal.Options{Dir: dir, MaxBytes: 1 << 20})
	calls := &recordedCalls{archive: archive{live: j, device: "reception-1"}}
	for round := range 4 {
		if list, lost, err := calls.List(t.Context(), technician.Filter{}); err != nil || lost != 1 || len(list) != round/2 {
			t.Errorf("round %d: %d calls, %d lost, %v", round, len(list), lost, err)
		}
		if round%2 == 1 {
			writeCalls(t, j, round, 1)
		}
	}
}

func TestPageGoesOnWhereAnImpatientReaderHasLeft(t *testing.T) {
	j := openJournal(t, journal.Options{})
	writeCalls(t, j, 0, 3)
	calls := &recordedCalls{archive: archive{live: j, device: "reception-1"}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := calls.List(gone, technician.Filter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if ids := listed(t, calls); len(ids) != 3 {
		t.Errorf("calls %v", ids)
	}
}

func TestPageForgetsTheListWhenNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := openJournal(t, journal.Options{})
		writeCalls(t, j, 0, 3)
		calls := &recordedCalls{archive: archive{live: j, device: "reception-1"}}
		listed(t, calls)
		<-time.After(forgetAfter + time.Second)
		synctest.Wait()
		calls.mu.Lock()
		if len(calls.index.calls) > 0 || calls.next != 0 {
			t.Errorf("%d calls are kept", len(calls.index.calls))
		}
		calls.mu.Unlock()
		if ids := listed(t, calls); len(ids) != 3 {
			t.Errorf("calls %v", ids)
		}
	})
}
