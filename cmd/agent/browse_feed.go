//go:build linux && !small

package main

import (
	"context"
	"errors"
	"io"

	"sidetone/journal"
	"sidetone/trace"
)

// feed gives the calls of an archive, and what is added to it: a journal grows, a file does not.
type feed struct {
	archive archive
	reader  *journal.Reader // nil for a file
	index   *callIndex
	missing int // events that could not be read
}

// openFeed reads an archive through. Close the feed after use.
func openFeed(ctx context.Context, a archive) (*feed, error) {
	f := &feed{archive: a, index: &callIndex{byID: map[string]*indexed{}}}
	if a.file != "" {
		lost, err := a.each(ctx, everyLine, func(_ []byte, e trace.Event) error {
			f.index.add(e, 0)
			return nil
		})
		f.missing = len(lost)
		return f, err
	}
	var err error
	if f.reader, err = a.openJournal(); err != nil {
		return nil, err
	}
	if _, err = f.poll(ctx, func(trace.Event) {}); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *feed) close() {
	if f.reader != nil {
		_ = f.reader.Close()
	}
}

// poll gives what the journal holds by now to visit; news tells that it was anything.
func (f *feed) poll(ctx context.Context, visit func(trace.Event)) (news bool, err error) {
	if f.reader == nil {
		return false, nil
	}
	for {
		rec, err := f.reader.Next(ctx)
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			f.missing += int(gap.Gap.Count())
			news = true
			continue
		case errors.Is(err, io.EOF):
			return news, nil
		case err != nil:
			return news, err
		}
		news = true
		e, err := trace.Decode(rec.Payload)
		if err != nil && e.Seq == 0 {
			f.missing++
			continue
		}
		f.index.add(e, 0)
		visit(e)
	}
}

// summaries are the calls, newest first.
func (f *feed) summaries() []trace.Summary {
	all := f.index.calls
	out := make([]trace.Summary, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Real {
			out = append(out, all[i].Summary)
		}
	}
	return out
}

// call reads the events of one call.
func (f *feed) call(ctx context.Context, id string) (trace.View, error) {
	v := trace.View{Device: f.archive.device, Name: f.archive.name}
	wanted := everyLine // in a file the id may be written in another way
	if f.reader != nil {
		wanted = linesOf(id)
	}
	_, err := f.archive.each(ctx, wanted, func(_ []byte, e trace.Event) error {
		if e.Call == id {
			v.Events = append(v.Events, e)
		}
		return nil
	})
	return v, err
}
