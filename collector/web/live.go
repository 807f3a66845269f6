package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"sidetone/collector/store"
)

const (
	settle    = 250 * time.Millisecond // changes within it are told together
	keepAlive = 20 * time.Second       // shorter than what proxies call idle
	manyCalls = 50                     // more changes at once are told as "everything changed"
)

// live streams what changes, as server-sent events: the kind as the event's name, {"id"} as its data. An empty id
// means that more changed than is worth telling apart.
func (s *site) live(w http.ResponseWriter, r *http.Request) {
	if s.streams.Add(1) > int64(s.options.Streams) {
		s.streams.Add(-1)
		w.Header().Set("Retry-After", "30")
		http.Error(w, "too many open pages", http.StatusServiceUnavailable)
		return
	}
	defer s.streams.Add(-1)
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // a stream outlives the deadline of a page; not every server has one
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	changes := s.reader.Watch(ctx)
	if _, err := io.WriteString(w, "retry: 2000\n\n"); err != nil || control.Flush() != nil {
		return
	}
	follow(ctx, changes, func(text string) error {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return control.Flush()
	})
}

// follow tells the changes, those of a quarter of a second together, until it cannot or there are no more.
func follow(ctx context.Context, changes <-chan store.Change, tell func(string) error) {
	waiting := map[store.Change]bool{}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	var due <-chan time.Time
	for {
		var text string
		select {
		case <-ctx.Done():
			return
		case c, open := <-changes:
			if !open {
				return
			}
			if waiting[c] = true; due == nil {
				due = time.After(settle)
			}
			continue
		case <-alive.C:
			text = ": still here\n\n"
		case <-due:
			due = nil
			text = told(waiting)
			clear(waiting)
		}
		if tell(text) != nil {
			return
		}
	}
}

// told writes changes as server-sent events.
func told(changes map[store.Change]bool) string {
	if len(changes) > manyCalls {
		kinds := map[store.Change]bool{}
		for c := range changes {
			kinds[store.Change{Kind: c.Kind}] = true
		}
		changes = kinds
	}
	text := ""
	for c := range changes {
		data, err := json.Marshal(map[string]string{"id": c.ID})
		if err != nil {
			continue // a map of strings cannot fail
		}
		text += fmt.Sprintf("event: %s\ndata: %s\n\n", c.Kind, data)
	}
	return text
}
