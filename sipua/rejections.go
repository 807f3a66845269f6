package sipua

import (
	"context"
	"maps"
	"net/netip"
	"sync"
	"time"

	"sidetone/trace"
)

// rejectionsEvery is the least time between two reports.
const rejectionsEvery = time.Minute

// rejections counts what was refused without becoming a call, and reports it: the first at once, then at most once a
// minute.
type rejections struct {
	report func(trace.Rejected)
	wake   chan struct{}

	mu      sync.Mutex
	reasons map[string]int
	count   int
	last    netip.AddrPort
}

func newRejections(report func(trace.Rejected)) *rejections {
	return &rejections{report: report, wake: make(chan struct{}, 1), reasons: map[string]int{}}
}

// add counts one, whose source may not be known. The reasons are a closed set of ours, never the peer's words.
func (r *rejections) add(reason string, from netip.AddrPort) {
	r.mu.Lock()
	r.reasons[reason]++
	r.count++
	if from.IsValid() {
		r.last = from
	}
	r.mu.Unlock()
	r.signal()
}

// drop counts what the kernel has dropped, of which it does not tell the sources.
func (r *rejections) drop(n int) {
	r.mu.Lock()
	r.reasons["dropped by the kernel"] += n
	r.count += n
	r.mu.Unlock()
	r.signal()
}

func (r *rejections) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run reports until ctx is done, and then what is left.
func (r *rejections) run(ctx context.Context) {
	defer r.flush()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
			r.flush()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rejectionsEvery):
		}
	}
}

func (r *rejections) flush() {
	r.mu.Lock()
	report := trace.Rejected{Count: r.count, Reasons: maps.Clone(r.reasons)}
	if r.last.IsValid() {
		report.Last = r.last.String()
	}
	clear(r.reasons)
	r.count = 0
	r.mu.Unlock()
	if report.Count > 0 && r.report != nil {
		r.report(report)
	}
}
