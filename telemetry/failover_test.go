package telemetry

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

func (b *testBroker) reach(address string, can bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away == nil {
		b.away = map[string]bool{}
	}
	b.away[address] = !can
}

const first, second = "first:1883", "second:1883"

func two(o *UplinkOptions) { o.Brokers = []string{"mqtt://first", "mqtt://second"} }

func TestNextBrokerIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.reach(first, false)
		b.start()
		began := time.Now()
		a := startAgent(t, b, 1, journal.Options{}, two)
		b.awaitSeq(1, 1)
		if took := time.Since(began); took > batchAge {
			t.Errorf("took %v", took)
		}
		if s := a.uplink.Stats(); s.Broker != "mqtt://second" || !slices.Equal(b.asked, []string{first, second}) {
			t.Errorf("connected to %s, asked %v", s.Broker, b.asked)
		}
	})
}

func TestFirstBrokerIsUsedAgainOnceItCanBeReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.reach(first, false)
		b.start()
		a := startAgent(t, b, 1, journal.Options{}, two)
		<-time.After(3 * firstAfter)
		if s := a.uplink.Stats(); s.Broker != "mqtt://second" || s.Conn != 2 {
			t.Errorf("%+v", s)
		}
		b.reach(first, true)
		<-time.After(2*firstAfter + time.Second)
		if s := a.uplink.Stats(); s.Broker != "mqtt://first" || !s.Connected || s.Conn != 3 {
			t.Errorf("%+v", s)
		}
		var seen []Status
		for _, s := range b.states {
			seen = append(seen, s.Status)
		}
		if want := []Status{Ready, Disconnected, Ready}; !slices.Equal(seen, want) || len(b.wills) > 0 {
			t.Errorf("states %v, wills %v", seen, b.wills)
		}
		ring(a.Recorder, "A")
		b.awaitSeq(1, a.last())
		b.wantAll(1, a.last())
	})
}

func TestWhenNoBrokerCanBeReachedThereIsAWaitBetweenTheRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		startAgent(t, b, 1, journal.Options{}, two, func(o *UplinkOptions) {})
		<-time.After(time.Hour)
		b.mu.Lock()
		defer b.mu.Unlock()
		for i, address := range b.asked {
			if want := []string{first, second}[i%2]; address != want {
				t.Fatalf("asked %v", b.asked)
			}
		}
		if n := len(b.asked); n < 2*60 || n > 2*200 {
			t.Errorf("asked %d times in an hour", n)
		}
	})
}

func TestAfterAStartOfTheDeviceTheBrokerIsSoughtAtARandomMoment(t *testing.T) {
	var least, most time.Duration
	for i := range 40 {
		synctest.Test(t, func(t *testing.T) {
			b := newTestBroker(t)
			b.start()
			began := time.Now()
			startAgent(t, b, 1, journal.Options{}, func(o *UplinkOptions) { o.StartWithin = 10 * time.Second })
			b.awaitSeq(1, 1)
			took := time.Since(began)
			if i == 0 {
				least = took
			}
			least, most = min(least, took), max(most, took)
		})
	}
	if most > 10*time.Second+batchAge || most < 5*time.Second || least > 5*time.Second {
		t.Errorf("between %v and %v", least, most)
	}
}

func TestAServerThatIsBusyIsLeftAloneForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBroker(t)
		b.busy = true
		b.start()
		a := startAgent(t, b, 1, journal.Options{})
		<-time.After(10 * time.Minute)
		if n := a.uplink.Stats().Conn; n < 10 || n > 21 {
			t.Errorf("connected %d times in ten minutes", n)
		}
		b.mu.Lock()
		b.busy = false
		b.mu.Unlock()
		b.awaitSeq(1, 1)
	})
}

func TestHintToStayAwayHoldsForTheNextConnection(t *testing.T) {
	for hint, want := range map[string][2]time.Duration{
		`{"wait_us":60000000}`:            {time.Minute, 2 * time.Minute},
		`{"wait_us":9223372036854775807}`: {longestStay, 2 * longestStay}, // microseconds that are no duration
		`{"wait_us":90000000000}`:         {longestStay, 2 * longestStay},
		`{"wait_us":-1}`:                  {0, backoffFirst},
		`{"wait_us":"soon"}`:              {0, backoffFirst},
		`no hint`:                         {0, backoffFirst},
	} {
		t.Run(hint, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestBroker(t)
				b.hint = hint
				b.start()
				startAgent(t, b, 1, journal.Options{})
				<-time.After(time.Second)
				b.mu.Lock()
				b.hint = ""
				b.mu.Unlock()
				for i, bounds := range [][2]time.Duration{want, {0, 2 * backoffFirst}} { // it counts once
					b.cut()
					began := time.Now()
					for len(b.births()) < i+2 {
						<-time.After(100 * time.Millisecond)
					}
					if took := time.Since(began); took < bounds[0] || took > bounds[1]+100*time.Millisecond {
						t.Errorf("back after %v, want %v", took, bounds)
					}
				}
			})
		})
	}
}

func (b *testBroker) births() []State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.states)
}

func TestBatchesAreDeflatedWithTheDictionaryForWhoKnowsIt(t *testing.T) {
	for hint, want := range map[string]bool{
		`{"dict":"` + trace.DictionaryID + `"}`: true, `{"dict":"00000001"}`: false, ``: false,
	} {
		t.Run(hint, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTestBroker(t)
				b.hint = hint
				b.start()
				a := startAgent(t, b, 1, journal.Options{})
				<-time.After(time.Second)
				for range 10 {
					ring(a.Recorder, "A")
				}
				b.awaitSeq(1, a.last())
				b.wantAll(1, a.last())
				last := b.payloads[len(b.payloads)-1]
				if dense := last[1]&0x20 != 0; last[0] != 0x78 || dense != want { // RFC 1950 section 2.2: FDICT
					t.Errorf("begins with %x", last[:2])
				}
			})
		})
	}
}
