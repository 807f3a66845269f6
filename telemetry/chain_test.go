package telemetry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/journal"
	"sidetone/trace"
)

// TestWhateverABrokerLosesEveryEventIsStoredOnceOrNamed has anything go wrong, at random, between a recorder and the collector's
// store. Some time after all is well again, every number of every run is in the store, once, or in a range that an agent.gap names.
// SEEDS is how many times that is tried, SEED the first of them. The ones that are tried anyway find it when health reports name the
// present run only, or a collector needs a birth to heed them (9, 21, 35), and when no file tells where earlier runs ended (3, 17).
func TestWhateverABrokerLosesEveryEventIsStoredOnceOrNamed(t *testing.T) {
	for _, seed := range seedsOr(t, 3, 9, 15, 17, 21, 35) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newChain(t, seed)
				for range 80 {
					c.suffer()
				}
				c.heal()
				c.account()
				if t.Failed() {
					t.Logf("again: SEED=%d SEEDS=1 go test -count=1 -run TestWhateverABrokerLoses ./telemetry", seed)
				}
			})
		})
	}
}

// seedsOr gives the seeds that the environment wants.
func seedsOr(t *testing.T, otherwise ...uint64) (seeds []uint64) {
	t.Helper()
	number := func(name string) uint64 {
		n, err := strconv.ParseUint(os.Getenv(name), 10, 64)
		if err != nil && os.Getenv(name) != "" {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	first, count := number("SEED"), number("SEEDS")
	if count == 0 {
		return otherwise
	}
	for seed := first; seed < first+count; seed++ {
		seeds = append(seeds, seed)
	}
	return seeds
}

// chain is what an event passes on its way: an agent, a broker that may lose what it has acknowledged, and a collector. What
// happens to them is in trouble_test.go, how they are connected in chain_links_test.go.
type chain struct {
	*testing.T
	random *rand.Rand

	agent   *agent
	killed  *atomic.Bool // nothing of the agent reaches the broker any more
	boot    trace.Boot   // of the agent; its runs are numbered from 1 on
	ends    []uint64     // the newest event of each run before
	flash   journal.Options
	full    atomic.Bool // the flash takes nothing
	catchUp int64

	broker *testBroker
	away   bool // the broker is

	store         *sqlite.Store
	stopCollector func()

	mu       sync.Mutex // guards all below, which the broker's goroutines use
	luck     *rand.Rand
	loss     map[string]float64 // by channel, the part of the messages that is lost
	receiver *ingest.Handler    // nil while the collector is away
	told     [][]byte           // on up/state; the broker retains the last one
}

func newChain(t *testing.T, seed uint64) *chain {
	c := &chain{T: t, random: rand.New(rand.NewPCG(seed, 1)), luck: rand.New(rand.NewPCG(seed, 2)), broker: newTestBroker(t)}
	c.openStore()
	c.startCollector()
	c.broker.store = func(int) bool { return false } // the collector does
	c.broker.tap = c.pass
	c.broker.start()
	c.flash = journal.Options{Dir: t.TempDir(), MaxBytes: pick[int64](c, 128<<10, 8<<20, 8<<20), Fault: c.flashFault}
	c.catchUp = pick[int64](c, 0, 1<<10, 8<<10)
	c.logf("the journal has %d bytes, a backlog takes %d bytes a second", c.flash.MaxBytes, c.catchUp)
	c.startAgent()
	c.wait(time.Minute) // runs before the first that a collector knows are not missed
	return c
}

func (c *chain) openStore() {
	db, err := sqlite.Open(context.Background(), filepath.Join(c.TempDir(), "db"))
	if err != nil {
		c.Fatal(err)
	}
	c.store = db
	c.Cleanup(func() {
		if err := db.Close(); err != nil {
			c.Error(err)
		}
	})
}

// logf tells a step, for who has to find out why the test fails.
func (c *chain) logf(format string, args ...any) {
	c.Helper()
	c.Logf("%s %s", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

func (c *chain) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func pick[T any](c *chain, of ...T) T { return of[c.random.IntN(len(of))] }

// account has the store learn where each run has ended, so that nothing can be missing without its knowing, and checks what it
// says of that.
func (c *chain) account() {
	c.Helper()
	shown := c.unexplained()
	var ends []store.Given
	for i, end := range append(c.ends, c.agent.last()) {
		ends = append(ends, store.Given{Boot: trace.Boot(i + 1), Seq: end, Over: true})
	}
	origin := store.Origin{Tenant: "default", Device: "phone-1", At: time.Now()}
	if _, err := c.store.Write(context.Background(), []store.Update{store.Health{Origin: origin, Given: ends}}); err != nil {
		c.Fatal(err)
	}
	for _, g := range c.unexplained() {
		c.Errorf("run %d, which has ended with %d: %d to %d are not in the store, and no agent.gap says why", g.Boot, ends[g.Boot-1].Seq, g.From, g.To)
	}
	if c.Failed() {
		c.Logf("without being told, the collector knew of %v; the last birth told of %v", shown, c.broker.lastBirth().Given)
	}
	c.storedOnce()
}

// unexplained are the losses that the store knows of, but not from the device.
func (c *chain) unexplained() (out []trace.Gap) {
	c.Helper()
	d, err := c.store.Device(context.Background(), "phone-1")
	if err != nil {
		c.Fatal(err)
	}
	for _, g := range d.Gaps {
		if g.Reason == store.NotReceived {
			out = append(out, g)
		}
	}
	return out
}

// storedOnce checks that no call has an event twice.
func (c *chain) storedOnce() {
	c.Helper()
	page, err := c.store.Calls(context.Background(), store.Filter{Limit: store.MaxLimit})
	if err != nil || len(page.Calls) == 0 || page.Next != "" {
		c.Fatalf("%d calls are stored, and more: %q, %v", len(page.Calls), page.Next, err)
	}
	type number struct {
		boot trace.Boot
		seq  uint64
	}
	stored := map[number]bool{}
	for _, summary := range page.Calls {
		call, err := c.store.Call(context.Background(), summary.ID)
		if err != nil {
			c.Fatal(err)
		}
		for _, e := range call.Views[0].Events {
			n := number{e.Boot, e.Seq}
			if stored[n] {
				c.Errorf("event %d of run %d is stored more than once", e.Seq, e.Boot)
			}
			stored[n] = true
		}
	}
}
