package telemetry

import (
	"context"
	"errors"
	"io"
	"time"

	"sidetone/journal"
	"sidetone/trace"
)

// A broker that is killed may lose what it has acknowledged. So the device says up to where its events were acknowledged, a
// receiver that lacks some of them asks in a hint, and they are read from the journal once more.
const (
	maxGiven   = 16 // runs that a birth tells of
	mostGiven  = 64 // when more wait in the journal as the agent starts; a receiver takes no more
	maxMissing = 32 // ranges that are sent again at a time; of more, the receiver asks again

	givenEvery = 10 * time.Minute // from one health report that tells of all runs to the next
	againEvery = 10 * time.Second // the whole journal is read for a request, so a slow processor is left alone for that long
)

// Given says up to where the events of a run were acknowledged, from the first one on.
type Given struct {
	Boot trace.Boot `json:"boot"`           // of the run
	Seq  uint64     `json:"seq"`            // of the newest event that was acknowledged; 0 for none
	Over bool       `json:"over,omitempty"` // the run is over, and the journal has nothing more of it
}

// Missing are events that were acknowledged and did not come in, From and To included.
type Missing struct {
	Boot trace.Boot `json:"boot"` // of the run
	From uint64     `json:"from"` // seq of the first event
	To   uint64     `json:"to"`   // seq of the last one
}

// EndOfRun is the newest event of an earlier run.
type EndOfRun struct {
	Boot   trace.Boot `json:"boot"`
	Seq    uint64     `json:"seq"`
	record uint64     // its number in the journal; 0 when it has left that
}

// addEnd takes in the next event of the journal.
func addEnd(ends []EndOfRun, e EndOfRun, acknowledged uint64) []EndOfRun {
	if n := len(ends); n > 0 && ends[n-1].Boot == e.Boot {
		ends[n-1] = e
		return ends
	}
	return newestEnds(append(ends, e), acknowledged)
}

// newestEnds leaves out the oldest of the runs that are acknowledged. Those that are not come on top: a broker may lose all of a
// backlog, after it has lost the end of what came before.
func newestEnds(ends []EndOfRun, acknowledged uint64) []EndOfRun {
	for n := len(ends); n >= maxGiven && (n >= mostGiven || ends[maxGiven-1].record <= acknowledged); n-- {
		ends = ends[1:]
	}
	return ends
}

// given tells up to where the broker has acknowledged what was recorded: for the earlier runs and the present one, which is last.
func (u *Uplink) given(present trace.Boot) []Given {
	acknowledged := u.o.Journal.Acknowledged()
	r := u.o.Journal.Read(acknowledged)
	defer func() { _ = r.Close() }() // only read
	if rec, err := r.Poll(); err == nil && rec.Seq == acknowledged {
		if newest, ok := parseHead(rec.Payload); ok {
			u.newest = Given{Boot: newest.boot, Seq: newest.seq}
		}
	}
	var out []Given
	for _, run := range append(u.o.Earlier(), EndOfRun{Boot: present}) {
		g := Given{Boot: run.Boot}
		switch {
		case run.Seq > 0 && run.record <= acknowledged:
			g.Seq, g.Over = run.Seq, true
		case run.Boot == u.newest.Boot:
			g = u.newest
		}
		out = append(out, g)
	}
	return out
}

// presence completes what the agent says of itself with where its events wait, and up to where they were acknowledged.
func (u *Uplink) presence() State {
	state := u.o.Birth()
	state.journalState(u.o.Journal.Stats())
	if state.Birth != nil {
		state.Given = u.given(state.Boot)
		u.boot, u.over, u.told = state.Boot, 0, time.Now()
		for u.over < len(state.Given) && state.Given[u.over].Over {
			u.over++
		}
	}
	return state
}

// givenSince tells what has become of the runs that were not over at the last birth. Where a backlog was sent since, the run
// before those is named too, so that a receiver that knows it sees that the others follow it. Now and then all runs are told: the
// birth may not have come in where much else did not.
func (u *Uplink) givenSince() []Given {
	if u.boot == 0 {
		return nil
	}
	all := u.given(u.boot)
	for len(all) > 0 && all[len(all)-1].Seq == 0 {
		all = all[:len(all)-1]
	}
	from := u.over
	if from < len(all)-1 {
		from--
	}
	if now := time.Now(); now.Sub(u.told) >= givenEvery {
		u.told, from = now, 0
	}
	return all[min(max(from, 0), len(all)):]
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
