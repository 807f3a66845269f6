package sqlite

import (
	"slices"

	"sidetone/collector/store"
)

// The bounds of joining: broken devices may give all their calls one id.
const (
	maxCandidates = 16 // calls that are looked at for one join
	maxViews      = 64 // of one call
)

// join puts the view's call together with the calls of other devices that carry the same Session-ID, then with those
// that carry the same SIP Call-ID. Two calls that one device kept apart are never joined.
func (w *writing) join(v *viewRow) error {
	if err := w.joinBy("SELECT DISTINCT call FROM views WHERE session = ? AND session <> '' ORDER BY call DESC LIMIT ?", v, v.session); err != nil {
		return err
	}
	return w.joinBy("SELECT DISTINCT call FROM views WHERE sip_call = ? AND sip_call <> '' ORDER BY call DESC LIMIT ?", v, v.sipCall)
}

func (w *writing) joinBy(query string, v *viewRow, id string) error {
	if id == "" {
		return nil
	}
	candidates, err := w.numbers(query, id, maxCandidates)
	if err != nil {
		return err
	}
	for _, n := range candidates {
		if n == v.call.id {
			continue
		}
		other, err := w.call(n)
		if err != nil {
			return err
		}
		if len(other.views)+len(v.call.views) > maxViews || slices.ContainsFunc(other.views, func(o *viewRow) bool { return v.call.has(o.device) }) {
			continue
		}
		if err := w.merge(v.call, other); err != nil {
			return err
		}
	}
	return nil
}

// merge makes one call of two: the one that was stored first absorbs the other.
func (w *writing) merge(a, b *callRow) error {
	keep, gone := a, b
	if gone.id < keep.id {
		keep, gone = gone, keep
	}
	if err := w.dropKeys(gone); err != nil {
		return err
	}
	if err := w.exec(w.ctx, "UPDATE views SET call = ? WHERE call = ?", keep.id, gone.id); err != nil {
		return err
	}
	if err := w.exec(w.ctx, "DELETE FROM calls WHERE id = ?", gone.id); err != nil {
		return err
	}
	for _, v := range gone.views {
		v.call = keep
	}
	keep.views = append(keep.views, gone.views...)
	slices.SortFunc(keep.views, byNumber)
	keep.day = min(keep.day, gone.day)
	gone.views, gone.keys = nil, nil
	delete(w.cache.calls, gone.id)
	delete(w.calls, gone)
	w.calls[keep] = struct{}{}
	w.told = append(w.told, store.Change{Kind: store.CallUpdated, ID: gone.call})
	return nil
}

// numbers runs a query for a column of row numbers.
func (w *writing) numbers(query string, args ...any) ([]int64, error) {
	rows, err := w.rows(w.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
