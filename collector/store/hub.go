package store

import (
	"context"
	"sync"
)

// maxPending bounds the changes kept for a slow watcher; what it has not heard of by then it is not told.
const maxPending = 4096

// Hub hands changes to watchers without ever waiting for one. A change that a watcher has not taken yet is told once,
// however often it happened meanwhile. The zero value is ready.
type Hub struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

type watcher struct {
	mu      sync.Mutex
	pending []Change
	known   map[Change]struct{} // what is in pending
	wake    chan struct{}       // capacity 1
}

// Watch implements Reader.Watch.
func (h *Hub) Watch(ctx context.Context) <-chan Change {
	w := &watcher{known: map[Change]struct{}{}, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	if h.watchers == nil {
		h.watchers = map[*watcher]struct{}{}
	}
	h.watchers[w] = struct{}{}
	h.mu.Unlock()

	out := make(chan Change)
	go func() {
		defer close(out)
		defer func() {
			h.mu.Lock()
			delete(h.watchers, w)
			h.mu.Unlock()
		}()
		w.run(ctx, out)
	}()
	return out
}

// Publish tells every watcher.
func (h *Hub) Publish(changes ...Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.add(changes)
	}
}

func (w *watcher) run(ctx context.Context, out chan<- Change) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		}
		for _, c := range w.take() {
			select {
			case <-ctx.Done():
				return
			case out <- c:
			}
		}
	}
}

func (w *watcher) add(changes []Change) {
	w.mu.Lock()
	for _, c := range changes {
		if _, told := w.known[c]; told || len(w.pending) >= maxPending {
			continue
		}
		w.known[c] = struct{}{}
		w.pending = append(w.pending, c)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) take() []Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.pending
	w.pending = nil
	clear(w.known)
	return out
}
