package sqlite

import (
	"slices"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// maxCached bounds each of the cache's maps. A full one is emptied: what is needed is read again.
const maxCached = 20_000

// cache holds what the writer knows of the database. It is changed before the transaction commits, so a transaction
// that fails must be followed by a new cache.
type cache struct {
	devices map[string]*deviceRow
	boots   map[bootKey]*bootRow
	views   map[viewKey]*viewRow
	calls   map[int64]*callRow
}

type bootKey struct {
	device int64
	boot   trace.Boot
}

type viewKey struct {
	device int64
	view   string
}

// deviceRow is a row of devices; dirty when it differs from the database, told when somebody should hear of it.
type deviceRow struct {
	store.Device
	id          int64
	conn        uint64
	saved       time.Time // last_seen in the database
	dirty, told bool
}

type bootRow struct {
	id   int64
	boot trace.Boot
	at   time.Time // of the last event, or word about one
	store.Run
}

type viewRow struct {
	id       int64
	device   *deviceRow
	view     string // the device's id of the call
	session  string // what it is joined by
	sipCall  string
	received time.Time // of the first event
	synced   bool      // the device's clock, then
	fold     trace.Fold
	call     *callRow

	disordered bool // an event came in behind a later one: the fold has to be made anew
}

// callRow is a row of calls with everything it is made of.
type callRow struct {
	id    int64
	call  string
	day   int64
	views []*viewRow // in the order in which they were stored
	keys  []string   // as in call_keys
	began int64      // as in calls and call_keys
}

func newCache() *cache {
	return &cache{
		devices: map[string]*deviceRow{}, boots: map[bootKey]*bootRow{},
		views: map[viewKey]*viewRow{}, calls: map[int64]*callRow{},
	}
}

// trim keeps the cache bounded; only between transactions, when nothing is dirty.
func (c *cache) trim() {
	if len(c.boots) > maxCached {
		clear(c.boots)
	}
	if len(c.views) > maxCached || len(c.calls) > maxCached || len(c.devices) > maxCached {
		clear(c.devices)
		clear(c.views)
		clear(c.calls)
	}
}

// seen lists the views for the rules that all engines share.
func (c *callRow) seen() []store.Seen {
	out := make([]store.Seen, 0, len(c.views))
	for _, v := range c.views {
		out = append(out, store.Seen{Device: v.device.ID, Fold: v.fold})
	}
	return out
}

func (c *callRow) has(d *deviceRow) bool {
	return slices.ContainsFunc(c.views, func(v *viewRow) bool { return v.device.id == d.id })
}

// beganAt is the time that the call is listed under, in microseconds.
func (c *callRow) beganAt() int64 {
	v := c.views[store.Primary(c.seen())]
	return store.Began(v.fold.StartedAt, v.received, v.synced).UnixMicro()
}

// keysNow are the call_keys that the call should have.
func (c *callRow) keysNow() []string {
	var keys []string
	var parties []trace.Party
	for _, v := range c.views {
		keys = append(keys, deviceKey(v.device.ID))
		parties = append(parties, v.fold.From, v.fold.To)
	}
	for _, n := range store.NumberKeys(parties...) {
		keys = append(keys, numberKey(n))
	}
	return keys
}

func deviceKey(device string) string { return "d:" + device }
func numberKey(number string) string { return "n:" + number }
