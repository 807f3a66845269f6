package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"sidetone/collector/store"
	"sidetone/trace"
)

// lossy is a store that events do not reach by themselves, and a broker over which devices are asked for them.
type lossy struct {
	t testing.TB
	*Resender
	h *Handler

	mu     sync.Mutex
	lacks  map[string][]trace.Gap // by device
	states map[string]string      // by device
	looked int
	during func()   // called once while the store is read
	broken error    // of the store
	away   error    // of the broker
	asked  []string // device and hint, with the seconds since the start
	began  time.Time
}

func newLossy(t *testing.T) *lossy {
	l := &lossy{t: t, lacks: map[string][]trace.Gap{}, began: time.Now()}
	l.h = New(&disk{}, zap.NewNop())
	l.Resender = NewResender(l.h, l, l.publish, zap.NewNop())
	stop := run(t, l.h)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); stop() })
	return l
}

func (l *lossy) Device(_ context.Context, id string) (store.Device, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looked++
	d := store.Device{ID: id, State: l.states[id], Gaps: l.lacks[id]}
	if l.during != nil {
		l.mu.Unlock()
		l.during()
		l.mu.Lock()
		l.during = nil
	}
	return d, l.broken
}

func (l *lossy) publish(_ context.Context, o Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, fmt.Sprintf("%.0fs %s %s", time.Since(l.began).Seconds(), o.Topic, o.Payload))
	if o.Retain {
		l.t.Error("a hint is retained")
	}
	return l.away
}

// lack is what the store has no explanation for.
func (l *lossy) lack(device string, gaps ...trace.Gap) {
	for i := range gaps {
		gaps[i].Reason = store.NotReceived
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lacks[device] = gaps
}

// says has the device tell up to where its events were acknowledged, through the handler as everything.
func (l *lossy) says(device, channel, payload string) {
	l.t.Helper()
	m := Message{Topic: "st/v1/default/" + device + "/up/" + channel, Payload: []byte(payload), At: time.Now()}
	if err := l.h.Handle(l.t.Context(), m); err != nil {
		l.t.Error(err)
	}
}

func (l *lossy) hears(after time.Duration, want ...string) {
	l.t.Helper()
	<-time.After(after - time.Since(l.began))
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.asked); diff != "" {
		l.t.Errorf("after %v (-want +got)\n%s", after, diff)
	}
}

const (
	birthOfTwo  = `{"s":"ready","boot":"0000000000000002","conn":1,"given":[{"boot":"0000000000000001","seq":7},{"boot":"0000000000000002","seq":3}]}`
	birthOfMany = `{"s":"ready","boot":"0000000000000002","conn":1,"given":[{"boot":"0000000000000002","seq":5000}]}`
)

func TestADeviceIsAskedForWhatTheBrokerLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.lack("a", trace.Gap{Boot: 1, From: 5, To: 7, Count: 3}, trace.Gap{Boot: 2, From: 1, To: 1, Count: 1}, trace.Gap{Boot: 2, From: 4, To: 4, Count: 1})
		l.says("a", "state", birthOfTwo)
		l.hears(4 * time.Second)
		ask := `s st/v1/default/a/dn/hint {"missing":[{"boot":"0000000000000001","from":5,"to":7},{"boot":"0000000000000002","from":1,"to":1}]}`
		l.hears(6*time.Second, "5"+ask)
		l.lack("a") // it came
		l.hears(24*time.Hour, "5"+ask)
		if l.looked != 2 || l.h.Stats().Snapshot().Asked != 4 {
			t.Errorf("looked %d times, asked for %d events", l.looked, l.h.Stats().Snapshot().Asked)
		}
	})
}

func TestHealthTellsWhatWasGivenSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.says("a", "state", birthOfTwo)
		l.hears(10 * time.Second)
		for range 3 {
			l.says("a", "health", `{"given":[{"boot":"0000000000000002","seq":3}]}`) // no news
			l.hears(time.Since(l.began) + 10*time.Second)
		}
		if l.looked != 1 {
			t.Errorf("looked %d times though nothing was new", l.looked)
		}
		l.lack("a", trace.Gap{Boot: 2, From: 9, To: 9, Count: 1})
		for _, nonsense := range []string{`{"given":7}`, `{"given":[{"boot":"x"}]}`, `{}`} {
			l.says("a", "health", nonsense)
		}
		l.says("a", "health", `{"given":[{"boot":"0000000000000002","seq":9}]}`)
		l.hears(46*time.Second, `45s st/v1/default/a/dn/hint {"missing":[{"boot":"0000000000000002","from":9,"to":9}]}`)
	})
}

func TestADeviceWhoseBirthDidNotComeInIsAskedAfterItsHealth(t *testing.T) {
	const ask = `s st/v1/default/a/dn/hint {"missing":[{"boot":"0000000000000003","from":9,"to":9}]}`
	for what, birth := range map[string]string{"no birth": "", "the birth of an earlier run": birthOfTwo} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLossy(t)
				if birth != "" {
					l.says("a", "state", birth)
				}
				l.hears(10 * time.Second)
				l.lack("a", trace.Gap{Boot: 3, From: 9, To: 9, Count: 1})
				l.says("a", "health", `{}`)
				l.says("a", "health", `{"given":[{"boot":"0000000000000003","seq":8}]}`) // event 9 may be on its way
				l.hears(30 * time.Second)
				l.says("a", "health", `{"given":[{"boot":"0000000000000003","seq":9}]}`)
				l.hears(36*time.Second, "35"+ask)
			})
		})
	}
}

func TestHealthReportsTakeNoMoreMemoryThanABirth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		for boot := range 3 * maxGiven {
			l.says("a", "health", fmt.Sprintf(`{"given":[{"boot":"%016x","seq":1}]}`, boot+1))
		}
		l.Resender.mu.Lock()
		defer l.Resender.mu.Unlock()
		if d := l.fleet["a"]; len(d.given) != maxGiven || d.given[maxGiven-1].Boot != 3*maxGiven {
			t.Errorf("%d runs, %v", len(d.given), d.given)
		}
	})
}

func TestWhatIsSaidDuringALookIsLookedAtNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.during = func() {
			l.lack("a", trace.Gap{Boot: 2, From: 4, To: 4, Count: 1})
			l.says("a", "health", `{"given":[{"boot":"0000000000000002","seq":4}]}`)
		}
		l.says("a", "state", birthOfTwo)
		l.hears(20*time.Second, `10s st/v1/default/a/dn/hint {"missing":[{"boot":"0000000000000002","from":4,"to":4}]}`)
	})
}

func TestARunIsOverOnceALaterOneIsAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.lack("a", trace.Gap{Boot: 1, From: 9, To: 9, Count: 1})
		l.says("a", "state", birthOfTwo) // event 9 may be on its way
		l.hears(30 * time.Second)
		l.says("a", "health", `{"given":[{"boot":"0000000000000002","seq":4}]}`)
		l.hears(40*time.Second, `35s st/v1/default/a/dn/hint {"missing":[{"boot":"0000000000000001","from":9,"to":9}]}`)
	})
}

func TestADeviceThatHasNothingLeftIsAskedEverLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.lack("a", trace.Gap{Boot: 2, From: 1, To: 1, Count: 1})
		l.says("a", "state", birthOfTwo)
		<-time.After(24 * time.Hour)
		l.mu.Lock()
		defer l.mu.Unlock()
		if n := len(l.asked); n < 20 || n > 30 {
			t.Errorf("asked %d times in a day: %v", n, l.asked)
		}
	})
}

func TestADeviceThatIsSendingIsNotAskedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.says("a", "state", birthOfMany)
		for n := uint64(1000); n > 0; n -= 100 {
			l.lack("a", trace.Gap{Boot: 2, From: 1, To: n, Count: n})
			<-time.After(resendNext)
		}
		l.lack("a")
		<-time.After(time.Hour)
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.asked) != 1 {
			t.Errorf("asked %v", l.asked)
		}
	})
}

func TestADeviceThatHasSomeNothingOfIsAskedForTheRestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		gone := trace.Gap{Boot: 2, From: 1, To: 1, Count: 1}
		l.lack("a", gone)
		l.says("a", "state", birthOfTwo)
		<-time.After(24 * time.Hour)
		l.mu.Lock()
		l.asked = nil
		l.mu.Unlock()
		for seq := range 10 { // of which all comes in
			l.says("a", "health", fmt.Sprintf(`{"given":[{"boot":"0000000000000002","seq":%d}]}`, 10+seq))
			<-time.After(time.Minute)
		}
		l.mu.Lock()
		if len(l.asked) > 1 {
			t.Errorf("asked in vain: %v", l.asked)
		}
		l.asked = nil
		l.mu.Unlock()
		l.lack("a", gone, trace.Gap{Boot: 2, From: 20, To: 20, Count: 1})
		l.says("a", "health", `{"given":[{"boot":"0000000000000002","seq":20}]}`)
		<-time.After(10 * time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.asked) != 1 || !strings.Contains(l.asked[0], `"from":20`) {
			t.Errorf("asked %v", l.asked)
		}
	})
}

func TestFewDevicesSendAgainAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		const devices = 3 * resendAtOnce
		for i := range devices {
			device := fmt.Sprint("phone-", i)
			l.lack(device, trace.Gap{Boot: 2, From: 1, To: 3, Count: 3})
			l.says(device, "state", birthOfTwo)
		}
		<-time.After(10 * time.Second)
		l.mu.Lock()
		first := len(l.asked)
		l.mu.Unlock()
		<-time.After(time.Hour) // none of them has anything left
		l.mu.Lock()
		defer l.mu.Unlock()
		told := map[string]bool{}
		for _, a := range l.asked {
			var seconds int
			var topic string
			if _, err := fmt.Sscanf(a, "%ds %s", &seconds, &topic); err != nil {
				t.Fatal(err)
			}
			told[topic] = true
		}
		if first != resendAtOnce || len(told) != devices {
			t.Errorf("%d at first, %d in all", first, len(told))
		}
	})
}

func TestDevicesThatAreAwayKeepNoOthersFromTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.states = map[string]string{}
		for i := range 10 * resendAtOnce {
			device := fmt.Sprint("phone-", i)
			l.states[device] = store.StateLost
			if i%2 == 0 {
				l.states[device] = store.StateDisconnected
			}
			l.lack(device, trace.Gap{Boot: 2, From: 1, To: 3, Count: 3})
			l.says(device, "state", birthOfTwo)
		}
		<-time.After(7 * time.Second)
		l.lack("a", trace.Gap{Boot: 2, From: 1, To: 3, Count: 3})
		l.says("a", "state", birthOfTwo)
		<-time.After(7 * time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		if !slices.ContainsFunc(l.asked, func(a string) bool { return strings.Contains(a, "/a/dn/hint") }) {
			t.Errorf("asked %v", l.asked)
		}
	})
}

func TestAskingGoesOnWhenTheStoreOrTheBrokerCannot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.lack("a", trace.Gap{Boot: 2, From: 1, To: 1, Count: 1})
		l.broken, l.away = errors.New("disk I/O error"), errors.New("not connected")
		l.says("a", "state", birthOfTwo)
		l.hears(time.Minute)
		l.mu.Lock()
		l.broken = nil
		l.mu.Unlock()
		<-time.After(time.Minute)
		l.mu.Lock()
		l.away, l.asked = nil, nil
		l.mu.Unlock()
		<-time.After(10 * time.Minute)
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.asked) == 0 {
			t.Error("the device was never asked")
		}
	})
}

func TestAHintHasARequestOfBoundedLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		var gaps []trace.Gap
		for n := range uint64(1000) {
			gaps = append(gaps, trace.Gap{Boot: 2, From: 2*n + 1, To: 2*n + 1, Count: 1})
		}
		l.lack("a", gaps...)
		l.says("a", "state", birthOfMany)
		<-time.After(6 * time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		var seconds int
		var topic, payload string
		if _, err := fmt.Sscanf(l.asked[0], "%ds %s %s", &seconds, &topic, &payload); err != nil {
			t.Fatal(err)
		}
		var h Hint
		if err := json.Unmarshal([]byte(payload), &h); err != nil || len(h.Missing) != resendRanges {
			t.Errorf("%d ranges, %v", len(h.Missing), err)
		}
	})
}

func TestWhoWaitsForItsTurnCostsTheStoreNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		for i := range 1000 {
			device := fmt.Sprint("phone-", i)
			l.lack(device, trace.Gap{Boot: 2, From: 1, To: 3, Count: 3})
			l.says(device, "state", birthOfTwo)
		}
		<-time.After(15 * time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.looked > 2*resendAtOnce {
			t.Errorf("looked %d times", l.looked)
		}
	})
}

func TestRangesOfWhichNothingComesKeepNoOthersFromBeingAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		var gaps []trace.Gap
		for n := range uint64(2*resendRanges + 1) {
			gaps = append(gaps, trace.Gap{Boot: 2, From: 2*n + 1, To: 2*n + 1, Count: 1})
		}
		l.lack("a", gaps...)
		l.says("a", "state", birthOfMany)
		<-time.After(time.Hour)
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, g := range gaps {
			if !slices.ContainsFunc(l.asked, func(a string) bool { return strings.Contains(a, fmt.Sprintf(`"from":%d,`, g.From)) }) {
				t.Fatalf("never asked for %d", g.From)
			}
		}
	})
}

func TestADeviceThatSendsLateIsAskedNoLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(t)
		l.lack("a", trace.Gap{Boot: 2, From: 1, To: 1000, Count: 1000})
		l.says("a", "state", birthOfMany)
		<-time.After(10 * time.Minute) // of which nothing comes
		for n := uint64(900); n > 0; n -= 100 {
			l.lack("a", trace.Gap{Boot: 2, From: 1, To: n, Count: n})
			<-time.After(10 * time.Minute)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.asked) < 15 {
			t.Errorf("asked %v", l.asked)
		}
	})
}
