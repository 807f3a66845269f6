package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sidetone/collector/store"
)

// The bounds of a group commit: as soon as so many events wait, or after so much time.
const (
	groupEvents = 1000
	groupWait   = 20 * time.Millisecond
	queueLength = 1024 // jobs; a front end that finds it full waits
)

// ErrStopped means that the collector is ending: the message is not stored, and the device has to send it again.
var ErrStopped = errors.New("ingest has stopped")

// job is what one message asks to be written.
type job struct {
	updates []store.Update
	weight  int         // events, or 1
	done    func(error) // called once, from the committer's goroutine; must not block
}

// committer writes jobs in groups. run owns last; everything else is safe for concurrent use.
type committer struct {
	store writer
	stats *Stats

	jobs     chan job
	stopping chan struct{} // closed when no more jobs are taken
	entry    sync.RWMutex  // held for reading while a job is handed in
	failure  atomic.Pointer[error]

	last time.Duration // that the last commit took
}

// writer is the write side of a store.
type writer interface {
	Write(ctx context.Context, updates []store.Update) (store.Written, error)
}

func newCommitter(w writer, stats *Stats) *committer {
	return &committer{store: w, stats: stats, jobs: make(chan job, queueLength), stopping: make(chan struct{})}
}

// submit hands a job in; jobs are written in the order in which they were handed in. After an error done is not called.
func (c *committer) submit(ctx context.Context, j job) error {
	c.entry.RLock()
	defer c.entry.RUnlock()
	select {
	case <-c.stopping:
		return ErrStopped
	default:
	}
	select {
	case c.jobs <- j:
		return nil
	case <-c.stopping:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run commits until ctx is done, then what was handed in by then.
func (c *committer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			c.drainInLoop()
			return
		case j := <-c.jobs:
			c.commitInLoop(c.gatherInLoop(ctx, j))
		}
	}
}

// gatherInLoop collects what waits already, and waits for more for a quarter of the time that the last commit took: it
// saves a slow disk many syncs and costs a fast one nothing.
func (c *committer) gatherInLoop(ctx context.Context, first job) []job {
	group, weight := []job{first}, first.weight
	timer := time.NewTimer(min(c.last/4, groupWait))
	defer timer.Stop()
	for weight < groupEvents {
		select {
		case j := <-c.jobs:
			group, weight = append(group, j), weight+j.weight
			continue
		default: // what waits goes before the end of the wait
		}
		select {
		case j := <-c.jobs:
			group, weight = append(group, j), weight+j.weight
		case <-timer.C:
			return group
		case <-ctx.Done():
			return group
		}
	}
	return group
}

// commitInLoop writes the group as one. If that fails, each job gets a chance of its own, so that one that can never
// be stored does not take the others with it.
func (c *committer) commitInLoop(group []job) {
	var updates []store.Update
	for _, j := range group {
		updates = append(updates, j.updates...)
	}
	err := c.writeInLoop(updates)
	for _, j := range group {
		if err != nil && len(group) > 1 {
			j.done(c.writeInLoop(j.updates))
			continue
		}
		j.done(err)
	}
}

func (c *committer) writeInLoop(updates []store.Update) error {
	began := time.Now()
	// What has been handed in is written even while the collector is ending.
	written, err := c.store.Write(context.Background(), updates)
	c.last = time.Since(began)
	c.stats.committed(written, c.last, err)
	if err != nil {
		c.failure.Store(&err)
	} else {
		c.failure.Store(nil)
	}
	return err
}

// drainInLoop lets nobody in any more and commits what is there.
func (c *committer) drainInLoop() {
	close(c.stopping)
	c.entry.Lock() // when those who were handing in have: a full queue does not hold them, stopping is closed
	defer c.entry.Unlock()
	for {
		select {
		case j := <-c.jobs:
			c.commitInLoop(c.gatherInLoop(context.Background(), j))
		default:
			return
		}
	}
}

// err tells why the last write was not possible, nil when it was.
func (c *committer) err() error {
	if p := c.failure.Load(); p != nil {
		return *p
	}
	return nil
}
