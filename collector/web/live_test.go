package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/collector/store"
)

func TestChangesOfAMomentAreToldTogetherAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(chan store.Change, 8)
		said := make(chan string, 8)
		go follow(ctx, changes, func(text string) error { said <- text; return nil })
		for range 5 {
			changes <- store.Change{Kind: store.CallUpdated, ID: "a\n\"b"}
		}
		<-time.After(time.Second)
		if got, want := <-said, "event: call.updated\ndata: {\"id\":\"a\\n\\\"b\"}\n\n"; got != want || len(said) != 0 {
			t.Errorf("%q, and %d more", got, len(said))
		}
		<-time.After(keepAlive)
		if got := <-said; !strings.HasPrefix(got, ":") {
			t.Errorf("no sign of life: %q", got)
		}
		cancel()
		synctest.Wait()
	})
}

func TestStreamEndsWithItsReaderAndWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes := make(chan store.Change)
		go follow(t.Context(), changes, func(string) error { return nil })
		close(changes)
		synctest.Wait()
		gone := make(chan store.Change, 1)
		gone <- store.Change{Kind: store.CallUpdated}
		go follow(t.Context(), gone, func(string) error { return errors.New("the browser has gone") })
		<-time.After(time.Second)
		synctest.Wait() // a goroutine that is left behind fails the bubble
	})
}

func TestManyChangesAreToldAsOne(t *testing.T) {
	waiting := map[store.Change]bool{}
	for i := range manyCalls + 1 {
		waiting[store.Change{Kind: store.CallUpdated, ID: fmt.Sprint(i)}] = true
	}
	if got, want := told(waiting), "event: call.updated\ndata: {\"id\":\"\"}\n\n"; got != want {
		t.Errorf("%q", got)
	}
}
