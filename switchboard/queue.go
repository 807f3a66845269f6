package switchboard

import "sync"

// queue hands work to the loop in order. It is unbounded on purpose: a trace that drops the end of a call is worthless,
// and what it can hold is bounded by the number of calls and by sipua's mailboxes.
type queue struct {
	mu    sync.Mutex
	items []func()
	ready chan struct{} // holds one token while items may be non-empty
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// post adds work; it never blocks.
func (q *queue) post(work func()) {
	q.mu.Lock()
	q.items = append(q.items, work)
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns everything posted so far.
func (q *queue) take() []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}
