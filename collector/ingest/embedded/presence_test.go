package embedded

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
)

func TestPresenceFollowsTheConnection(t *testing.T) {
	const lost, bye = `{"s":"lost","boot":"0000000000000001","conn":1}`, `{"s":"disconnected","boot":"0000000000000001","conn":1}`
	stateTopic := "st/v1/default/a/up/state"
	for name, c := range map[string]struct {
		play    func(*testing.T, *broker)
		want    []string
		settles bool // only the last counts
	}{
		"a device that hangs up is lost, as its will says": {func(t *testing.T, b *broker) {
			c := b.dial(t)
			c.hello("a", will{stateTopic, lost})
			synctest.Wait()
			_ = c.conn.Close()
		}, []string{"a ready", "a lost", "a lost"}, false},
		"a device without a will is lost too": {func(t *testing.T, b *broker) {
			c := b.dial(t)
			c.hello("a", will{})
			synctest.Wait()
			_ = c.conn.Close()
		}, []string{"a ready", "a lost"}, false},
		"a device that falls silent is lost": {func(t *testing.T, b *broker) {
			b.dial(t).hello("a", will{})
			<-time.After(91 * time.Second) // one and a half times its keep-alive
		}, []string{"a ready", "a lost"}, false},
		"a device that says goodbye is disconnected": {func(t *testing.T, b *broker) {
			c := b.dial(t)
			c.hello("a", will{stateTopic, lost})
			c.acked(c.publish(stateTopic, []byte(bye)))
			c.goodbye()
			c.ended()
		}, []string{"a ready", "a disconnected", "a disconnected"}, false},
		"a device that comes back before it was missed stays ready": {func(t *testing.T, b *broker) {
			b.dial(t).hello("a", will{})
			synctest.Wait()
			c := b.dial(t)
			c.hello("a", will{})
			synctest.Wait()
			c.acked(c.publish(stateTopic, []byte(`{"s":"ready","boot":"0000000000000001","conn":2}`)))
		}, []string{"a ready"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t)
				c.play(t, b)
				synctest.Wait()
				got := b.store.states()
				// Whether the end of a connection or its successor is seen first is open; that the device stays is not.
				if c.settles {
					got = got[len(got)-1:]
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
				before := len(b.store.states())
				b.end(t)
				if after := b.store.states(); len(after) != before {
					t.Errorf("that the collector ends is no news of a device: %v", after)
				}
			})
		})
	}
}

func TestNobodyIsReadyWhoHasNotConnectedToThisRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, store.Device{ID: "a", State: store.StateReady}, store.Device{ID: "b", State: store.StateLost})
		if diff := cmp.Diff([]string{"a unknown"}, b.store.states()); diff != "" {
			t.Error(diff)
		}
		b.end(t)
	})
}

func TestADiskThatIsFullAtTheStartDoesNotEndTheCollectorAndPresenceFollowsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startOn(t, errors.New("database or disk is full"),
			store.Device{ID: "a", State: store.StateReady}, store.Device{ID: "b", State: store.StateReady})
		c := b.dial(t)
		c.hello("a", will{})
		gone := b.dial(t)
		gone.hello("c", will{})
		synctest.Wait()
		_ = gone.conn.Close()
		<-time.After(4 * settleEvery)
		if got := b.store.states(); len(got) > 0 {
			t.Errorf("stored %v on a full disk", got)
		}
		b.store.fill(nil)
		<-time.After(settleEvery + time.Second)
		got := b.store.states()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a ready", "b unknown", "c lost"}, got); diff != "" {
			t.Error(diff)
		}
		<-time.After(4 * settleEvery)
		if again := b.store.states(); len(again) != len(got) {
			t.Errorf("told again: %v", again)
		}
		c.acked(c.publish(events, hooks(1)))
		b.end(t)
	})
}
