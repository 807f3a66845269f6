package telemetry

import (
	"context"
	"errors"
	"io"

	"sidetone/journal"
	"sidetone/trace"
)

// A broker that is killed may lose what it has acknowledged. So the device says up to where its events were acknowledged, a
// receiver that lacks some of them asks in a hint, and they are read from the journal once more.
const (
	maxGiven   = 16 // runs that a birth tells of
	maxMissing = 32 // ranges that are sent again at a time; of more, the receiver asks again
)

// Given says that the events of a run were acknowledged, from the first one up to Seq.
type Given struct {
	Boot trace.Boot `json:"boot"` // of the run
	Seq  uint64     `json:"seq"`  // of the newest event that was acknowledged
}

// Missing are events that were acknowledged and did not come in, From and To included.
type Missing struct {
	Boot trace.Boot `json:"boot"` // of the run
	From uint64     `json:"from"` // seq of the first event
	To   uint64     `json:"to"`   // seq of the last one
}

// EndOfRun is the newest event that the journal has of an earlier run.
type EndOfRun struct {
	Given
	record uint64 // its number in the journal
}

// addEnd takes in the next event of the journal; of the runs, the newest count.
func addEnd(ends []EndOfRun, e EndOfRun) []EndOfRun {
	if n := len(ends); n > 0 && ends[n-1].Boot == e.Boot {
		ends[n-1] = e
		return ends
	}
	ends = append(ends, e)
	return ends[max(0, len(ends)-maxGiven):]
}

// given tells up to where the broker has acknowledged what is in the journal, the newest run last.
func (u *Uplink) given(earlier []EndOfRun) []Given {
	acknowledged := u.o.Journal.Acknowledged()
	var out []Given
	for _, run := range earlier {
		if run.record <= acknowledged {
			out = append(out, run.Given)
		}
	}
	r := u.o.Journal.Read(acknowledged)
	defer func() { _ = r.Close() }() // only read
	rec, err := r.Poll()
	if h, ok := parseHead(rec.Payload); err == nil && ok && rec.Seq == acknowledged {
		out = append(out, Given{Boot: h.boot, Seq: h.seq})
	}
	n := len(out)
	if n > 1 && out[n-2].Boot == out[n-1].Boot { // a run that was acknowledged to its end
		out = out[:n-1]
	}
	return out[max(0, len(out)-maxGiven):]
}

// known cuts what is asked for to what was given.
func (u *Uplink) known(missing []Missing) []Missing {
	var out []Missing
	given := u.given(u.o.Earlier)
	for _, m := range missing[:min(len(missing), maxMissing)] {
		for _, g := range given {
			if m.Boot == g.Boot {
				m.From, m.To = max(m.From, 1), min(m.To, g.Seq)
				out = append(out, m)
			}
		}
	}
	return out
}

// resendInLoop has a lane of its own read what a receiver lacks. One that asks while another is served will ask again.
func (p *pump) resendInLoop(ctx context.Context, missing []Missing) {
	p.again = newLane(0)
	until := p.uplink.o.Journal.Acknowledged()
	items := p.again.items
	missing = p.uplink.known(missing)
	p.feeds.Go(func() { p.feedAgain(ctx, items, until, missing) })
}

// feedAgain reads those of the records up to until that are missing at the other end, and tells which are nowhere any more.
func (p *pump) feedAgain(ctx context.Context, items chan<- item, until uint64, missing []Missing) {
	r := p.uplink.o.Journal.Read(0)
	defer func() { _ = r.Close() }() // only read
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		if errors.As(err, &gap) { // the other lanes tell
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			offer(ctx, items, item{over: true}) // nothing is known of the rest
			return
		}
		if err != nil || rec.Seq > until {
			break
		}
		h, ok := parseHead(rec.Payload)
		for i := range missing {
			m := &missing[i]
			if !ok || m.Boot != h.boot || h.seq < m.From || h.seq > m.To {
				continue
			}
			if !offer(ctx, items, item{record: rec}) {
				return
			}
			p.uplink.gone(Missing{Boot: m.Boot, From: m.From, To: h.seq - 1})
			m.From = h.seq + 1 // in the order of the journal
			break
		}
	}
	for _, m := range missing {
		p.uplink.gone(m)
	}
	offer(ctx, items, item{over: true})
}

// gone tells that events are lost for good.
func (u *Uplink) gone(m Missing) {
	if m.To >= m.From {
		u.o.Gone(trace.Gap{From: m.From, To: m.To, Boot: m.Boot, Reason: trace.GapBroker, Count: m.To - m.From + 1})
	}
}
