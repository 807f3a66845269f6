package telemetry

import (
	"context"
	"errors"
	"time"

	"sidetone/journal"
)

// A backlog is what waits in the journal when the broker is reached. A short one is sent in its order. A longer one has a
// lane of its own, so that what happens now need not wait for it: it leaves most of the window free, and is held back to
// the rate that is configured.
const (
	backlogOver   = 4 * batchEvents // records, above which it has its own lane
	backlogWindow = 4               // its publishes that may wait for an acknowledgement
)

// lane is one way from the journal to the session, in the order of the journal. The pump's loop owns it.
type lane struct {
	items  chan item
	batch  batch
	sent   uint64 // journal number up to which everything was sent, or need not be
	passed uint64 // the same with what is in the batch
	due    bool   // the batch waits for room in the window only
	aging  *time.Timer
}

// item is what a feed found next in the journal.
type item struct {
	record journal.Record
	err    error
	over   bool // the lane has nothing more to bring
}

func newLane(done uint64) *lane {
	return &lane{items: make(chan item, batchEvents), sent: done, passed: done, aging: idleTimer()}
}

// divide decides what is sent in which order: all of it, or the backlog beside what is new and what belongs to calls
// that are up. What a restart would forget is no backlog: if later events arrived before it, its loss would leave a hole that
// nobody can explain.
func (p *pump) divide(ctx context.Context) {
	j, o := p.uplink.o.Journal, p.uplink.o
	acknowledged, last := j.Acknowledged(), j.Last()
	p.uplink.arrived = p.uplink.arrived.upTo(last) // other numbers are of a time before the journal was numbered anew
	p.from, p.live = acknowledged+1, newLane(acknowledged)
	if st := j.Stats(); !st.Memory || st.Trouble != nil {
		last = min(last, j.Durable())
	} else {
		last = acknowledged
	}
	if last < acknowledged || last-acknowledged <= backlogOver {
		p.feeds.Go(func() { p.feed(ctx, p.live.items, acknowledged+1, 0, nil) })
		return
	}
	p.split, p.old, p.live = last, p.live, newLane(last)
	from, up := o.Live()
	if from == 0 || from > last {
		from = last + 1
	}
	p.feeds.Go(func() { p.feed(ctx, p.old.items, acknowledged+1, last, nil) })
	p.feeds.Go(func() { p.feed(ctx, p.live.items, max(from, acknowledged+1), 0, up) })
}

// feed reads the journal until ctx is done, or up to the record until unless that is 0. Of what lies before the split it
// brings what belongs to the calls named, when there are any.
func (p *pump) feed(ctx context.Context, items chan<- item, from, until uint64, calls map[string]bool) {
	r := p.uplink.o.Journal.Read(from)
	defer func() { _ = r.Close() }() // only read
	for next := from; until == 0 || next <= until; {
		rec, err := r.Next(ctx)
		var gap *journal.GapError
		lost := errors.As(err, &gap)
		switch {
		case lost:
			next = gap.Gap.To + 1
		case err == nil:
			next = rec.Seq + 1
		}
		ahead := until == 0 && next <= p.split+1 && p.split > 0
		if ahead && err == nil {
			if h, ok := parseHead(rec.Payload); !ok || !calls[h.call] {
				continue
			}
		}
		if ahead && lost { // the lane of the backlog tells
			continue
		}
		if until > 0 && !lost && err == nil && rec.Seq > until {
			break
		}
		if !offer(ctx, items, item{record: rec, err: err}) || err != nil && !lost {
			return
		}
	}
	offer(ctx, items, item{over: true})
}

func offer(ctx context.Context, items chan<- item, it item) bool {
	select {
	case items <- it:
		return true
	case <-ctx.Done():
		return false
	}
}
