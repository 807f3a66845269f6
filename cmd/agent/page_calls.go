//go:build !small

package main

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"
	"time"

	"sidetone/journal"
	"sidetone/technician"
	"sidetone/trace"
)

// forgetAfter is how long what the page has read of the journal is kept while nobody looks.
const forgetAfter = 10 * time.Minute

// recordedCalls are the calls of a running agent's journal, for the page. Decoding a full one takes a slow processor seconds, which it
// also needs for calls; so only what is new since the last look is read.
type recordedCalls struct {
	archive archive

	mu     sync.Mutex // guards all below
	index  callIndex
	lost   []uint64 // numbers of records that could not be read
	next   uint64   // number of the first record that was not read yet; 0 for the oldest
	forget *time.Timer
}

// List implements technician.Calls.
func (r *recordedCalls) List(ctx context.Context, f technician.Filter) ([]trace.Summary, int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.readLocked(ctx); err != nil { // what was read until then is kept
		return nil, 0, err
	}
	if r.forget == nil {
		r.forget = time.AfterFunc(forgetAfter, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.forgetLocked()
		})
	}
	r.forget.Reset(forgetAfter)
	var placed []*indexed
	for _, c := range r.index.calls {
		if c.Real {
			placed = append(placed, c)
		}
	}
	chosen := callFilter{since: f.Since, number: f.Number, failed: f.Failed}.choose(placed, time.Now())
	calls := make([]trace.Summary, len(chosen))
	for i, c := range chosen {
		calls[i] = c.Summary
		calls[i].Device, calls[i].Devices = r.archive.device, []string{r.archive.device}
	}
	return calls, len(r.lost), nil
}

func (r *recordedCalls) forgetLocked() { r.index, r.lost, r.next = callIndex{}, nil, 0 }

// readLocked takes in what is new in the journal, and leaves out what is there no more.
func (r *recordedCalls) readLocked(ctx context.Context) error {
	if r.next == 0 || r.next > r.archive.live.Last()+1 { // nothing was read yet, or records have been numbered anew
		r.forgetLocked()
		r.index.byID = map[string]*indexed{}
	}
	lose := func(at uint64) { r.lost = append(r.lost, at) }
	err := readOn(ctx, r.archive.live.Read(r.next), func(rec journal.Record) error {
		r.next = rec.Seq + 1
		e, err := trace.Decode(rec.Payload)
		if err != nil {
			lose(rec.Seq)
		}
		if err == nil || e.Seq > 0 {
			r.index.add(e, rec.Seq)
		}
		return nil
	}, func(gap *journal.GapError) {
		if gap.Gap.Reason == journal.Foreign { // it stays, however old it is
			lose(math.MaxUint64)
			return
		}
		lose(gap.Gap.To)
	})
	if err != nil {
		return err
	}
	oldest := r.oldest()
	calls, lost := r.index.calls[:0], r.lost[:0]
	for _, c := range r.index.calls {
		if c.Last >= oldest {
			calls = append(calls, c)
		} else {
			delete(r.index.byID, c.ID)
		}
	}
	for _, at := range r.lost {
		if at >= oldest {
			lost = append(lost, at)
		}
	}
	clear(r.index.calls[len(calls):])
	r.index.calls, r.lost = calls, lost
	return nil
}

// oldest is the number of the first record that the journal still has.
func (r *recordedCalls) oldest() uint64 {
	reader := r.archive.live.Read(0)
	defer func() { _ = reader.Close() }() // only read
	for {
		rec, err := reader.Poll()
		var gap *journal.GapError
		switch {
		case err == nil:
			return rec.Seq
		case errors.As(err, &gap):
		case errors.Is(err, io.EOF):
			return r.next
		default:
			return 0
		}
	}
}

// Views implements technician.Calls.
func (r *recordedCalls) Views(ctx context.Context, id string) ([]trace.View, error) {
	g := gathering{call: id, view: trace.View{Device: r.archive.device, Name: r.archive.name}}
	if id != "" { // which is what events of no call have
		if _, err := r.archive.each(ctx, linesOf(id), func(_ []byte, e trace.Event) error {
			g.add(e)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	if !g.begun {
		return nil, technician.ErrNoCall
	}
	return []trace.View{g.gathered()}, nil
}
