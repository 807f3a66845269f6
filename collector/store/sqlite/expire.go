package sqlite

import (
	"context"
	"fmt"
	"time"
)

// expireSlice is how many calls go in one transaction, so that the writer is never kept waiting for long.
const expireSlice = 200

// Expire implements store.Store.
func (s *Store) Expire(ctx context.Context, before time.Time) (int, error) {
	total := 0
	for {
		gone := 0
		_, err := s.transact(ctx, func(w *writing) (err error) {
			gone, err = w.expireCalls(day(before))
			return err
		})
		if err != nil {
			return total, fmt.Errorf("expire before %s: %w", before.Format(time.DateOnly), err)
		}
		total += gone
		if gone < expireSlice {
			break
		}
	}
	if err := s.expireDeviceEvents(ctx, before); err != nil {
		return total, fmt.Errorf("expire before %s: %w", before.Format(time.DateOnly), err)
	}
	return total, nil
}

func (w *writing) expireCalls(before int64) (int, error) {
	old, err := w.numbers("SELECT id FROM calls WHERE day < ? LIMIT ?", before, expireSlice)
	if err != nil {
		return 0, err
	}
	for _, id := range old {
		c, err := w.call(id)
		if err != nil {
			return 0, err
		}
		if err := w.dropKeys(c); err != nil {
			return 0, err
		}
		for _, stmt := range []string{
			"DELETE FROM chunks WHERE view IN (SELECT id FROM views WHERE call = ?)",
			"DELETE FROM views WHERE call = ?",
			"DELETE FROM calls WHERE id = ?",
		} {
			if err := w.exec(w.ctx, stmt, id); err != nil {
				return 0, err
			}
		}
		for _, v := range c.views {
			delete(w.cache.views, viewKey{v.device.id, v.view})
		}
		delete(w.cache.calls, id)
	}
	return len(old), nil
}

// expireDeviceEvents removes the devices' own events of those days, and what is known of boots that ended in them.
func (s *Store) expireDeviceEvents(ctx context.Context, before time.Time) error {
	midnight := time.Unix(day(before)*24*60*60, 0).UnixMicro()
	_, err := s.transact(ctx, func(w *writing) error {
		if err := w.exec(w.ctx, "DELETE FROM chunks WHERE view IS NULL AND day < ?", day(before)); err != nil {
			return err
		}
		if err := w.exec(w.ctx, "DELETE FROM commands WHERE day < ?", day(before)); err != nil {
			return err
		}
		// A run goes once those before it have: of a later one that is not known all would be asked for again.
		err := w.exec(w.ctx, `DELETE FROM boots WHERE last_seen < ?1
			AND boot <> (SELECT boot FROM devices WHERE devices.id = boots.device)
			AND NOT EXISTS (SELECT 1 FROM boots b WHERE b.device = boots.device AND b.id < boots.id AND b.last_seen >= ?1)`, midnight)
		clear(w.cache.boots)
		if err != nil {
			return err
		}
		// What a report explains is missing for as long as the run is known.
		return w.exec(w.ctx, `DELETE FROM gaps WHERE at < ?
			AND NOT EXISTS (SELECT 1 FROM boots WHERE boots.device = gaps.device AND boots.boot = gaps.boot)`, midnight)
	})
	return err
}
