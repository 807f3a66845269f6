package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sidetone/journal"
)

// watchEvery is how often a journal is looked at from outside: events that are dropped later have been seen by then.
const watchEvery = 250 * time.Millisecond

// watch reads a phone's journal as another process does, until ctx is done, into a ledger of its own.
func (p *phone) watch(ctx context.Context) (*ledger, error) {
	l := newLedger()
	r, err := journal.OpenReader(p.disk)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	for wait(ctx, watchEvery) {
		if err := enterAll(l, p.name, r); err != nil {
			return l, err
		}
	}
	return l, enterAll(l, p.name, r)
}

// reread takes in what the phone's journal holds now.
func (p *phone) reread(l *ledger) error {
	r, err := journal.OpenReader(p.disk)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return enterAll(l, p.name, r)
}

// enterAll takes in what the reader has not given yet.
func enterAll(l *ledger, device string, r *journal.Reader) error {
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case err == nil:
			if err := l.enter(device, rec.Payload); err != nil {
				return fmt.Errorf("journal of %s, record %d: %w", device, rec.Seq, err)
			}
		case errors.As(err, &gap): // the agent tells of it
		case errors.Is(err, io.EOF):
			return nil
		default:
			return fmt.Errorf("journal of %s: %w", device, err)
		}
	}
}

// last is the newest event in the phone's journal.
func (p *phone) last() (run, uint64, error) {
	l := newLedger()
	r, err := journal.OpenReader(p.disk)
	if err != nil {
		return run{}, 0, err
	}
	defer func() { _ = r.Close() }()
	var newest []byte
	for {
		rec, err := r.Poll()
		var gap *journal.GapError
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.As(err, &gap) {
			return run{}, 0, err
		}
		if err == nil {
			newest = rec.Payload
		}
	}
	if newest == nil {
		return run{}, 0, errors.New("the journal is empty")
	}
	if err := l.enter(p.name, newest); err != nil {
		return run{}, 0, err
	}
	for r, n := range l.runs {
		for seq := range n.lines {
			return r, seq, nil
		}
	}
	return run{}, 0, errors.New("the journal holds no event")
}
