package telemetry

import (
	"context"
	"errors"
	"io"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

// A broker that is killed may lose what it has acknowledged. So the device says up to where its events were acknowledged (runs.go), a
// receiver that lacks some of them asks in a hint, and they are read from the journal once more.
const (
	maxMissing = 32               // ranges that are sent again at a time; of more, the receiver asks again
	againEvery = 10 * time.Second // the whole journal is read for a request, so a slow processor is left alone for that long
)

// Missing are events that were acknowledged and did not come in, From and To included.
type Missing struct {
	Boot trace.Boot `json:"boot"` // of the run
	From uint64     `json:"from"` // seq of the first event
	To   uint64     `json:"to"`   // seq of the last one
}

// resendInLoop has a lane of its own read what a receiver lacks. One that asks while another is served will ask again.
func (p *pump) resendInLoop(ctx context.Context, missing []Missing) {
	p.again = newLane(0)
	items, until := p.again.items, p.uplink.o.Journal.Acknowledged()
	p.feeds.Go(func() { p.feedAgain(ctx, items, until, missing[:min(len(missing), maxMissing)]) })
}

// feedAgain brings those of the records up to until that are missing at the other end, and tells which are nowhere any more.
// What lies behind until is on its way.
func (p *pump) feedAgain(ctx context.Context, items chan<- item, until uint64, missing []Missing) {
	j, next := p.uplink.o.Journal, time.Now().Add(againEvery)
	whole := j.Trouble() == nil
	gone := func(m Missing) {
		if whole && j.Trouble() == nil { // else it may be on the disk that cannot be read now
			p.uplink.gone(m)
		}
	}
	r := j.Read(0)
	defer func() { _ = r.Close() }() // only read
	for ctx.Err() == nil {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap): // the other lanes tell
			continue
		case errors.Is(err, io.EOF):
			for _, m := range missing {
				gone(m)
			}
			fallthrough
		case err != nil:
			pause(ctx, time.Until(next))
			offer(ctx, items, item{over: true})
			return
		}
		h, ok := parseHead(rec.Payload)
		if !ok {
			continue
		}
		for i := range missing {
			m := &missing[i]
			switch {
			case m.Boot != h.boot || h.seq < m.From || h.seq > m.To:
			case rec.Seq > until:
				m.To = h.seq - 1
			case !offer(ctx, items, item{record: rec}):
				return
			default:
				gone(Missing{Boot: m.Boot, From: m.From, To: h.seq - 1})
				m.From = h.seq + 1 // the journal has them in their order
			}
		}
	}
}

// gone tells that events are lost for good.
func (u *Uplink) gone(m Missing) {
	if m.From = max(m.From, 1); m.To >= m.From {
		u.o.Gone(trace.Gap{From: m.From, To: m.To, Boot: m.Boot, Reason: trace.GapGone, Count: m.To - m.From + 1})
	}
}
