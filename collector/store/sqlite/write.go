package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

var errClosed = errors.New("the store is closed")

// writing is one transaction of the writer.
type writing struct {
	*session
	ctx   context.Context
	cache *cache

	written store.Written
	devices map[*deviceRow]struct{} // touched
	boots   map[*bootRow]struct{}
	views   map[*viewRow]struct{}
	calls   map[*callRow]struct{}
	told    []store.Change
}

// Write implements store.Store. ctx is heeded before the transaction begins; a begun one is finished.
func (s *Store) Write(ctx context.Context, updates []store.Update) (store.Written, error) {
	w, err := s.transact(ctx, func(w *writing) error {
		for _, u := range updates {
			if err := w.apply(u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return store.Written{}, fmt.Errorf("write to %s: %w", s.path, err)
	}
	return w.written, nil
}

// transact runs f and what follows from it in one transaction, then tells the watchers.
func (s *Store) transact(ctx context.Context, f func(*writing) error) (*writing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if err := errors.Join(ctx.Err(), s.inPlace()); err != nil {
		return nil, err
	}
	w := &writing{
		session: s.conn, ctx: context.WithoutCancel(ctx), cache: s.cache,
		devices: map[*deviceRow]struct{}{}, boots: map[*bootRow]struct{}{},
		views: map[*viewRow]struct{}{}, calls: map[*callRow]struct{}{},
	}
	err := s.conn.atomically(w.ctx, func() error {
		if err := f(w); err != nil {
			return err
		}
		return w.flush()
	})
	if err != nil {
		s.cache = newCache()
		return nil, err
	}
	s.cache.trim()
	s.hub.Publish(w.told...)
	return w, nil
}

func (w *writing) apply(u store.Update) error {
	switch u := u.(type) {
	case store.Batch:
		return w.batch(u)
	case store.Presence:
		return w.presence(u)
	case store.LineReport:
		return w.line(u)
	case store.Command:
		return w.command(u)
	case store.Answer:
		return w.answer(u)
	case store.Wanted:
		return w.wanted(u)
	case store.Health:
		d, err := w.device(u.Origin)
		if err != nil {
			return err
		}
		d.Health, d.dirty, d.told = slices.Clone(u.Report), true, true
		return w.given(d, u.Given, false, u.At)
	default:
		return fmt.Errorf("unknown update %T", u)
	}
}

// batch stores the events that were not seen yet, those of one call in one chunk.
func (w *writing) batch(b store.Batch) error {
	d, err := w.device(b.Origin)
	if err != nil {
		return err
	}
	var chunks []*chunk
	for _, l := range b.Lines {
		boot, err := w.boot(d, l.Event.Boot)
		if err != nil {
			return err
		}
		if boot.Seen.Contains(l.Event.Seq) {
			w.written.Duplicates++
			continue
		}
		whole := boot.Whole()
		if !boot.Seen.Add(l.Event.Seq) {
			w.written.Scattered++
			continue
		}
		d.told = d.told || whole != boot.Whole()
		boot.at = b.At
		w.boots[boot] = struct{}{}
		w.written.Stored++
		view, err := w.event(d, l.Event, b.At)
		if err != nil {
			return err
		}
		chunks = appendLine(chunks, view, boot, l)
	}
	return w.store(chunks, b.At)
}

// given takes the device's word up to where its events were acknowledged. Runs that are listed before the first of which
// anything is known are of a time before this collector's, or have expired; known tells that none of them is. Something is known of
// a run when its birth has come in.
func (w *writing) given(d *deviceRow, said []store.Given, known bool, at time.Time) error {
	for _, g := range said {
		boot, err := w.knownBoot(d, g.Boot)
		known = known || boot != nil || g.Boot == d.Boot
		if err == nil && boot == nil && known { // even when nothing was acknowledged: they expire in their order
			if boot, err = w.boot(d, g.Boot); err == nil {
				boot.at, w.boots[boot] = at, struct{}{}
			}
		}
		if err != nil {
			return err
		}
		if boot != nil && g.Seq > boot.Given {
			whole := boot.Whole()
			boot.Given, boot.at = g.Seq, at
			d.told = d.told || whole != boot.Whole()
			w.boots[boot] = struct{}{}
		}
	}
	return nil
}

// appendLine adds the line to the chunk of its view and boot.
func appendLine(chunks []*chunk, view *viewRow, boot *bootRow, l store.Line) []*chunk {
	i := slices.IndexFunc(chunks, func(c *chunk) bool { return c.view == view && c.boot == boot })
	if i < 0 {
		i = len(chunks)
		chunks = append(chunks, &chunk{view: view, boot: boot, first: l.Event.Seq})
	}
	chunks[i].add(l.Raw)
	return chunks
}

func (w *writing) store(chunks []*chunk, at time.Time) error {
	for _, c := range chunks {
		lines, err := pack(c.lines)
		if err != nil {
			return err
		}
		var view any
		if c.view != nil {
			view = c.view.id
		}
		err = w.exec(w.ctx, "INSERT INTO chunks (view, boot, first_seq, day, lines) VALUES (?, ?, ?, ?, ?)",
			view, c.boot.id, int64(c.first), day(at), lines)
		if err != nil {
			return err
		}
	}
	return nil
}

// event takes one new event into what is known of its device and its call. The view is nil for an event without one.
func (w *writing) event(d *deviceRow, e trace.Event, received time.Time) (*viewRow, error) {
	switch data := e.Data.(type) {
	case trace.Started:
		d.keep(store.Presence{Name: data.Name, Model: data.Model, Agent: data.Version, Arch: data.Arch})
		d.runs(e.Boot)
	case trace.Gap:
		d.told = true
		err := w.exec(w.ctx, `INSERT OR REPLACE INTO gaps (device, boot, first_seq, last_seq, count, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			d.id, int64(data.Boot), int64(data.From), int64(data.To), int64(data.Count), data.Reason, received.UnixMicro())
		if err != nil {
			return nil, err
		}
	}
	if d.Boot == 0 {
		d.runs(e.Boot)
	}
	if e.Call == "" {
		return nil, nil
	}
	v, err := w.view(d, e, received)
	if err != nil {
		return nil, err
	}
	w.views[v] = struct{}{}
	if v.disordered = v.disordered || (e.N > 0 && e.N <= v.fold.MaxN); !v.disordered {
		v.fold.Add(e)
	}
	return v, nil
}

func byNumber(a, b *viewRow) int { return cmp.Compare(a.id, b.id) }

// flush writes what the updates have changed.
func (w *writing) flush() error {
	for b := range w.boots {
		if err := w.saveBoot(b); err != nil {
			return err
		}
	}
	// In the order of storing, so that of two views of one new call the first gives it its id.
	for _, v := range slices.SortedFunc(maps.Keys(w.views), byNumber) {
		if err := w.saveView(v); err != nil {
			return err
		}
	}
	for c := range w.calls {
		if err := w.saveCall(c); err != nil {
			return err
		}
	}
	for d := range w.devices {
		if err := w.saveDevice(d); err != nil {
			return err
		}
	}
	return nil
}
