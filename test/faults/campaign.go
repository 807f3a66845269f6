package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sidetone/collector/store"
	"sidetone/test/fleet"
	"sidetone/trace"
)

// arriveWithin bounds how long the last events may take once everything is whole again: a device that could not connect for a
// while waits up to a minute before it tries again, and then has all to tell.
const arriveWithin = 3 * time.Minute

var names = []string{"alpha", "bravo", "charlie"}

// field is everything that one campaign runs.
type field struct {
	o         options
	broker    string
	dir       string
	told      *diary
	collector *fleet.Collector
	mosquitto *middle // nil with the embedded broker
	phones    []*phone
	relays    []*relay
	ends      func() // ends the relays
	ways      sync.WaitGroup
}

// campaign runs one campaign and judges it.
func campaign(ctx context.Context, o options, broker, dir, agent string) (err error) {
	f := &field{o: o, broker: broker, dir: dir, told: newDiary(), ends: func() {}}
	defer func() {
		f.close()
		if err != nil {
			err = fmt.Errorf("with %s: %w", broker, err)
		}
	}()
	if err := f.open(ctx, agent); err != nil {
		return err
	}
	journals, begun, err := f.rage(ctx)
	if err != nil {
		return err
	}
	if err := f.settleDown(ctx); err != nil {
		f.told.failed(err)
	}
	return f.judge(ctx, journals, begun)
}

// open starts broker, collector and phones. Nothing is spoilt yet.
func (f *field) open(ctx context.Context, agent string) error {
	if err := os.MkdirAll(f.dir, 0o750); err != nil {
		return err
	}
	program, err := filepath.Abs(filepath.Join(f.o.bin, "sidetone-collector"))
	if err != nil {
		return err
	}
	relaying, end := context.WithCancel(context.WithoutCancel(ctx))
	f.ends = end
	newWay := func(target string) (*relay, error) {
		r, err := newRelay(ctx, target)
		if err == nil {
			f.relays = append(f.relays, r)
			f.ways.Go(func() { r.run(relaying) })
		}
		return r, err
	}
	var target string
	if f.broker == mosquitto {
		if f.mosquitto, err = startMosquitto(ctx, f.dir); err != nil {
			return err
		}
		target = f.mosquitto.address
		way, err := newWay(target)
		if err != nil {
			return err
		}
		if f.collector, err = fleet.StartCollector(ctx, f.dir, program, 0, 0, "--broker", "mqtt://"+way.address()); err != nil {
			return err
		}
		// A broker keeps nothing for a subscriber that it has never seen.
		if err := awaitText(ctx, f.collector.Log, "\tconnected"); err != nil {
			return err
		}
	} else {
		if f.collector, err = fleet.StartCollector(ctx, f.dir, program, 0, 0); err != nil {
			return err
		}
		u, err := url.Parse(f.collector.MQTT)
		if err != nil {
			return err
		}
		target = u.Host
	}
	ports := 20000
	if f.broker == mosquitto {
		ports = 26000
	}
	for i, name := range names {
		way, err := newWay(target)
		if err != nil {
			return err
		}
		p, err := newPhone(ctx, f.dir, agent, name, ports+2000*i, way)
		if err != nil {
			return err
		}
		f.phones = append(f.phones, p)
	}
	return nil
}

// awaitText waits until a program has written something to its log.
func awaitText(ctx context.Context, log, text string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if said, err := os.ReadFile(log); err == nil && strings.Contains(string(said), text) {
			return nil
		}
		if !wait(ctx, 50*time.Millisecond) {
			return fmt.Errorf("%s does not say %q", log, text)
		}
	}
}

// gremlins are all that trouble this field.
func (f *field) gremlins(ctx context.Context) []gremlin {
	short := f.o.last < shortRound
	all := []gremlin{killer("collector killed", span{15e3, 60e3}, span{0, 6e3}, func() *fleet.Process { return f.collector.Process },
		(*fleet.Process).Kill, f.collector.Restart, f.told)}
	if f.mosquitto != nil {
		all = append(all, killer("Mosquitto killed", span{15e3, 60e3}, span{0, 5e3}, func() *fleet.Process { return f.mosquitto.Process },
			(*fleet.Process).Kill, f.mosquitto.start, f.told))
	}
	for _, r := range f.relays {
		all = append(all, network(r, short, f.told))
	}
	for _, p := range f.phones {
		all = append(all, p.killer(f.told), p.clockmaker())
		if p.small {
			all = append(all, p.filler())
		}
	}
	// The loopback interface is shared by campaigns that run side by side: one spoils it for both.
	if loss := packetLoss(ctx); loss != nil && (f.broker == embedded || f.o.last > sideBySide || f.o.broker == mosquitto) {
		all = append(all, lossy(loss))
	}
	return all
}

// rage has the phones call each other while the gremlins are about, for as long as was asked for. It returns what was seen in
// the journals meanwhile, and how many calls were begun.
func (f *field) rage(ctx context.Context) (*ledger, int, error) {
	hurry := min(1, max(0.15, float64(f.o.last)/float64(3*time.Minute)))
	calling, hangUp := context.WithTimeout(ctx, f.o.last)
	defer hangUp()
	var gremlins, talkers, watchers sync.WaitGroup
	for i, g := range f.gremlins(ctx) {
		rng := rand.New(rand.NewPCG(f.o.seed, uint64(i)))
		gremlins.Go(func() { g.run(ctx, calling, rng, hurry, f.told) })
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	seen := make([]*ledger, len(f.phones))
	begun := make([]int, len(f.phones))
	for i, p := range f.phones {
		watchers.Go(func() {
			var err error
			if seen[i], err = p.watch(watching); err != nil {
				f.told.failed(err)
			}
		})
		row := append(append([]*phone(nil), f.phones[i:]...), f.phones[:i]...)
		rng := rand.New(rand.NewPCG(f.o.seed, uint64(1000+i)))
		talkers.Go(func() { begun[i] = calls(calling, f.o.rate/float64(len(f.phones)), rng, row) })
	}
	talkers.Wait()
	gremlins.Wait()
	stop()
	watchers.Wait()
	all, calls := newLedger(), 0
	for i, l := range seen {
		if l != nil {
			all.join(l)
		}
		calls += begun[i]
	}
	return all, calls, ctx.Err()
}

// settleDown waits until the phones' events have arrived, then has the phones end in order, and waits for their last word.
func (f *field) settleDown(ctx context.Context) error {
	for _, p := range append([]*fleet.Process{f.collector.Process}, f.processes()...) {
		select {
		case <-p.Ended():
			return fmt.Errorf("%s is not running; see %s", p.Name, p.Log)
		default:
		}
	}
	db, err := openDatabase(filepath.Join(f.dir, "sidetone.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := errors.Join(f.nothingWaits(ctx), f.arrived(ctx, db), f.nothingLacks(ctx)); err != nil {
		return err
	}
	for _, p := range f.phones {
		if err := p.Stop(); err != nil {
			return fmt.Errorf("%s does not end in order: %w; see %s", p.name, err, p.Log)
		}
	}
	return f.arrived(ctx, db)
}

func (f *field) processes() []*fleet.Process {
	var out []*fleet.Process
	for _, p := range f.phones {
		out = append(out, p.Process)
	}
	if f.mosquitto != nil {
		out = append(out, f.mosquitto.Process)
	}
	return out
}

// nothingWaits waits until every phone has sent its backlog, which comes behind what is new.
func (f *field) nothingWaits(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	for _, p := range f.phones {
		for {
			said := p.status(ctx)
			var status struct {
				Waiting *uint64 `json:"waiting"`
			}
			if json.Unmarshal([]byte(said), &status) == nil && status.Waiting != nil && *status.Waiting == 0 {
				break
			}
			if !wait(ctx, 200*time.Millisecond) {
				return fmt.Errorf("%s has not sent everything; the agent says: %s", p.name, said)
			}
		}
	}
	return nil
}

// nothingLacks waits until the collector has asked for what a broker has lost, and got it.
func (f *field) nothingLacks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	for {
		if holes, err := f.shownHoles(ctx); err == nil && holes == 0 {
			return nil
		}
		if !wait(ctx, 200*time.Millisecond) {
			return nil // they are told in the end
		}
	}
}

// arrived waits until the newest event of every journal is in the store.
func (f *field) arrived(ctx context.Context, db database) error {
	ctx, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	for _, p := range f.phones {
		for {
			r, seq, err := p.last()
			if err != nil {
				return err
			}
			there, err := db.has(ctx, r, seq)
			if err != nil && ctx.Err() == nil {
				return err
			}
			if there {
				break
			}
			if !wait(ctx, 200*time.Millisecond) {
				return fmt.Errorf("event %d of %s, boot %s, has not arrived; the agent says: %s", seq, p.name, r.boot, p.status(context.WithoutCancel(ctx)))
			}
		}
	}
	return nil
}

// judge counts, and tells what it found.
func (f *field) judge(ctx context.Context, journals *ledger, begun int) error {
	for _, p := range f.phones {
		if err := p.reread(journals); err != nil {
			f.told.failed(err)
		}
	}
	holes, err := f.shownHoles(ctx)
	if err != nil {
		f.told.failed(err)
	}
	if err := f.collector.Stop(); err != nil {
		f.told.failed(fmt.Errorf("the collector does not end in order: %w", err))
	}
	db, err := openDatabase(filepath.Join(f.dir, "sidetone.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	stored, err := db.events(ctx)
	if err != nil {
		return err
	}
	calls, answered, err := db.calls(ctx)
	if err != nil {
		return err
	}
	f.told.panics(f.dir)
	accounts := settle(journals, stored)
	var report strings.Builder
	fmt.Fprintf(&report, "\n== with %s: %d calls begun (%.1f a second), %d in the store, %d answered; %d clock.stepped\n",
		f.broker, begun, float64(begun)/f.o.last.Seconds(), calls, answered, stored.stepped)
	for _, line := range f.told.lines() {
		fmt.Fprintln(&report, line)
	}
	good := writeAccounts(&report, accounts)
	said, err := os.ReadFile(f.collector.Log)
	if err != nil {
		f.told.failed(err)
	}
	fmt.Fprintf(&report, "requests for events that were acknowledged and had not come in: %d\n", bytes.Count(said, []byte("asked for them again")))
	fmt.Fprintf(&report, "holes that the collector shows without an explanation: %d\n", holes)
	fmt.Print(report.String())
	errs := f.told.errors()
	if !good || len(accounts) != len(names) {
		errs = append(errs, errors.New("events are lost without a word, doubled, or changed"))
	}
	if holes > 0 {
		errs = append(errs, errors.New("the collector shows holes that nobody explained"))
	}
	if answered == 0 {
		errs = append(errs, errors.New("no call was answered"))
	}
	return errors.Join(errs...)
}

// writeAccounts writes a row for each device, and tells whether all are good.
func writeAccounts(w *strings.Builder, accounts []account) bool {
	good := true
	fmt.Fprintf(w, "%-10s %6s %9s %9s %13s %12s %11s %8s\n", "agent", "boots", "numbered", "in store", "in named gaps", "unexplained", "duplicates", "altered")
	for _, a := range accounts {
		good = good && a.good()
		fmt.Fprintf(w, "%-10s %6d %9d %9d %13d %12d %11d %8d\n", a.Device, a.Boots, a.Numbered, a.Stored, a.Named, a.Unexplained, a.Duplicates, a.Altered)
		for _, h := range a.Holes[:min(len(a.Holes), 10)] {
			fmt.Fprintf(w, "           unexplained: boot %s, %d to %d, of which %d were seen in the journal\n", h.boot, h.from, h.to, h.written)
		}
	}
	return good
}

// shownHoles counts the holes that the collector itself shows as not received.
func (f *field) shownHoles(ctx context.Context) (int, error) {
	var got struct {
		Devices []struct {
			Gaps []trace.Gap `json:"gaps"`
		} `json:"devices"`
	}
	if err := f.collector.Get(ctx, "/devices", &got); err != nil {
		return 0, err
	}
	n := 0
	for _, d := range got.Devices {
		for _, g := range d.Gaps {
			if g.Reason == store.NotReceived {
				n++
			}
		}
	}
	return n, nil
}

// close ends what is left.
func (f *field) close() {
	for _, p := range f.phones {
		_ = p.Stop()
		if p.small {
			_ = unmountDisk(p.disk) // it goes with the namespace at the latest
		}
	}
	if f.collector != nil {
		_ = f.collector.Stop()
	}
	if f.mosquitto != nil {
		_ = f.mosquitto.Stop()
	}
	f.ends()
	f.ways.Wait()
}
