package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/collector/store"
	"sidetone/internal/logkey"
	"sidetone/trace"
)

// A broker may lose what it has acknowledged: one that is killed before it has written, one whose queue for a collector that
// is away is full. Devices say up to where their events were acknowledged; what is missing up to there they are asked for
// again.
const (
	resendLook    = time.Second      // between looks at who is due
	resendFirst   = 5 * time.Second  // what is on its way has that long to come in
	resendNext    = 20 * time.Second // until the next look at a device that was asked
	resendLongest = time.Hour        // the wait grows to that while nothing comes
	resendAtOnce  = 16               // devices that send again at a time
	resendRanges  = 32               // in one request; the rest follows
	resendWithin  = 5 * time.Second  // for a publish
)

// Resender asks devices for events that have gone missing on the way. Make one with NewResender; it works while Run runs.
type Resender struct {
	store   devices
	publish func(context.Context, Outgoing) error
	stats   *Stats
	logger  *zap.Logger

	mu    sync.Mutex
	fleet map[string]*standing // by device
	busy  int                  // devices that are sending again
}

// devices is the part of a store that knows what is missing.
type devices interface {
	Device(ctx context.Context, id string) (store.Device, error)
}

// standing is how it stands with a device.
type standing struct {
	tenant  string
	given   []store.Given
	fresh   bool          // said since the last look began
	due     time.Time     // for a look; zero for none
	wait    time.Duration // from one request to the next
	again   time.Time     // for a request, when nothing more is missing than at the last one
	lacking uint64        // events that were missing at the last look
	asked   bool          // and are being sent again
	next    int           // of the ranges that are missing, the first one to ask for
}

// NewResender makes the handler tell it what devices say of their events. It must be made before the handler runs.
func NewResender(h *Handler, s devices, publish func(context.Context, Outgoing) error, logger *zap.Logger) *Resender {
	r := &Resender{store: s, publish: publish, stats: h.stats, logger: logger.Named("resend"), fleet: map[string]*standing{}}
	h.resender = r
	return r
}

// hear takes in what has become durable of a device.
func (r *Resender) hear(updates []store.Update) {
	for _, u := range updates {
		switch u := u.(type) {
		case store.Presence:
			r.hearGiven(u.Origin, u.Given, true)
		case store.Health:
			r.hearGiven(u.Origin, u.Given, false)
		}
	}
}

// hearGiven has a device looked at when it says something new. A birth tells of all its runs, and begins anew. A broker may keep
// it from us: Mosquitto sends no more retained messages than a queue of a thousand has room for. So a health report does, too.
// Runs that it does not name may be on their way, and asked for in vain.
func (r *Resender) hearGiven(o store.Origin, given []store.Given, birth bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.fleet[o.Device]
	switch {
	case len(given) == 0:
		return
	case birth || d == nil:
		d = &standing{given: given}
		r.fleet[o.Device] = d
	case !d.renew(given):
		return
	}
	d.tenant, d.fresh = o.Tenant, true
	switch soon := time.Now().Add(resendFirst); {
	case d.due.IsZero():
		d.due, d.wait = soon, resendNext
	case !d.asked && d.due.After(soon): // what it lacks now, it may have
		d.due = soon
	}
}

// renew takes in what is said since the birth, and tells whether it is news. Runs before one that is named have nothing more
// to send; one of which no birth has told is added.
func (d *standing) renew(given []store.Given) (news bool) {
	runs := slices.Clone(d.given)
	for _, g := range given {
		i := slices.IndexFunc(runs, func(known store.Given) bool { return known.Boot == g.Boot })
		if i < 0 {
			runs, news = append(runs, g), news || g.Seq > 0
			continue
		}
		if runs[i].Seq >= g.Seq {
			continue
		}
		runs[i], news = g, true
		for before := range runs[:i] {
			runs[before].Over = true
		}
	}
	d.given = runs[max(0, len(runs)-maxGiven):]
	return news
}

// Run asks until ctx is done.
func (r *Resender) Run(ctx context.Context) {
	tick := time.NewTicker(resendLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, device := range r.dueBy(now) {
				r.look(ctx, device)
			}
		}
	}
}

func (r *Resender) dueBy(now time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var due []string
	r.busy = 0
	for device, d := range r.fleet {
		if d.asked {
			r.busy++
		}
		if !d.due.IsZero() && !d.due.After(now) {
			due = append(due, device)
		}
	}
	slices.SortFunc(due, func(a, b string) int { return r.fleet[a].due.Compare(r.fleet[b].due) })
	return due
}

// look asks the device for what is missing of its events, if any is.
func (r *Resender) look(ctx context.Context, device string) {
	r.mu.Lock()
	d := r.fleet[device]
	if d == nil {
		r.mu.Unlock()
		return
	}
	if !d.asked && r.busy >= resendAtOnce { // before the store is asked: a whole fleet may be waiting
		d.due = time.Now().Add(resendFirst)
		r.mu.Unlock()
		return
	}
	given, tenant := d.given, d.tenant
	d.fresh = false
	r.mu.Unlock()
	known, err := r.store.Device(ctx, device)
	missing := store.Lacking(known.Gaps, given)
	if err != nil && ctx.Err() == nil {
		r.logger.Warn("what is missing of a device cannot be read", zap.String(logkey.Device, device), zap.Error(err))
	}
	away := known.State == store.StateLost || known.State == store.StateDisconnected
	if r.settle(d, missing, away, err) {
		r.ask(ctx, tenant, device, d.turn(missing))
	}
}

// settle notes what a look has found, and tells whether the device is to be asked. One that is sending is left to it; one that
// has nothing more to send is asked ever less often, as what is missing may have left its journal; but at once for what is missing
// since. One that is away keeps no other from its turn.
func (r *Resender) settle(d *standing, missing []trace.Gap, away bool, err error) (ask bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lacking uint64
	for _, m := range missing {
		lacking += m.Count
	}
	before := d.lacking
	switch now := time.Now(); {
	case err != nil:
		d.due = now.Add(resendNext)
	case lacking == 0:
		d.due, d.lacking, d.asked = time.Time{}, 0, false
		if d.fresh { // the store was read too early for that
			d.due, d.wait = now.Add(resendFirst), resendNext
		}
	case d.asked && lacking < before:
		d.due, d.wait, d.lacking = now.Add(resendNext), resendNext, lacking
	case lacking == before && now.Before(d.again):
		d.due = d.again
	default:
		switch {
		case before > lacking: // late, but it sends
			d.wait = resendNext
		case before > 0 && (lacking == before || d.asked):
			d.wait = min(4*d.wait, resendLongest)
		}
		sends := d.wait <= 4*resendNext && !away
		if sends && !d.asked {
			r.busy++
		}
		d.due, d.again, d.lacking, d.asked = now.Add(d.wait), now.Add(d.wait), lacking, sends
		return true
	}
	return false
}

// turn picks what one request asks for. The next one goes on behind it, so that ranges of which nothing comes keep no others
// from being asked for. Only the goroutine of Run calls it.
func (d *standing) turn(missing []trace.Gap) []trace.Gap {
	if d.next >= len(missing) {
		d.next = 0
	}
	part := missing[d.next:min(d.next+resendRanges, len(missing))]
	d.next += len(part)
	return part
}

func (r *Resender) ask(ctx context.Context, tenant, device string, missing []trace.Gap) {
	var hint Hint
	var events uint64
	for _, m := range missing {
		hint.Missing = append(hint.Missing, Missing{Boot: m.Boot, From: m.From, To: m.To})
		events += m.Count
	}
	payload, err := json.Marshal(hint)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, resendWithin)
		defer cancel()
		err = r.publish(ctx, HintTo(tenant, device, payload))
	}
	if err != nil {
		r.logger.Warn("a device cannot be asked for what is missing of it", zap.String(logkey.Device, device), zap.Error(err))
		return
	}
	r.stats.asked(events)
	r.logger.Info("events were acknowledged and did not come in, the device is asked for them again",
		zap.String(logkey.Device, device), zap.Uint64("events", events), zap.Any("missing", hint.Missing))
}
