package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// Reader reads a journal's records in order, without locks. It belongs to one goroutine.
type Reader struct {
	store   source
	follow  *Journal      // nil in another process
	changed chan struct{} // the journal has grown, or was closed
	anew    atomic.Bool   // a segment was begun anew, maybe the one being read: it is another file now

	scan    *scanner // of the segment being read; nil before the first
	leaving bool     // a later segment exists, so nothing more is written to this one
	damaged bool     // bytes were skipped since the last record
	oldest  bool     // no record was read since the oldest segment was entered
	want    uint64   // number of the next record; 0 for whatever comes first
	before  []byte   // payload of the last record
	behind  Record   // read already, behind a gap that was reported first; Seq is 0 for none
	foreign []uint64 // where segments of another format start
	told    int      // how many of them were reported
}

// OpenReader reads the journal in dir from its oldest record, whether or not an agent has it open. Its Next gives
// io.EOF at the end, and may be called again later.
func OpenReader(dir string) (*Reader, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open journal: %s is not a directory", dir)
	}
	r := &Reader{store: &directory{path: dir}}
	if _, r.foreign, err = listSegments(r.store); err != nil {
		return nil, err
	}
	return r, nil
}

// From has the reader begin with the record numbered seq instead of the oldest.
func (r *Reader) From(seq uint64) *Reader {
	r.want = seq
	return r
}

// Read follows the journal from the record numbered from on, 0 for the oldest. Close the reader after use.
func (j *Journal) Read(from uint64) *Reader {
	r := &Reader{store: j.view, follow: j, changed: make(chan struct{}, 1), want: from}
	_, foreign, _ := listSegments(j.disk) // an error shows in reading
	for _, first := range foreign {
		if first >= from {
			r.foreign = append(r.foreign, first)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.readers[r] = struct{}{}
	return r
}

// Next returns the next record. A reader made by Read waits for one until ctx is done or the journal is closed, which
// gives io.EOF; one made by OpenReader gives io.EOF at once. Records that are missing are reported by one *GapError,
// and the call after it goes on behind them. Other errors are the file system's; Next may be called again.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	for {
		closed := r.follow != nil && r.follow.isClosed() // before looking, so that nothing appended is missed
		rec, err := r.Poll()
		if !errors.Is(err, io.EOF) || r.follow == nil || closed {
			return rec, err
		}
		select {
		case <-r.changed:
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
	}
}

// Close gives up the reader's file.
func (r *Reader) Close() error {
	if r.follow != nil {
		r.follow.mu.Lock()
		delete(r.follow.readers, r)
		r.follow.mu.Unlock()
	}
	if r.scan == nil {
		return nil
	}
	err := r.scan.Close()
	r.scan = nil
	return err
}

// Poll is Next without waiting: at the end it gives io.EOF, and may be called again later.
func (r *Reader) Poll() (Record, error) {
	r.catchUp()
	if r.told < len(r.foreign) {
		first := r.foreign[r.told]
		r.told++
		return Record{}, &GapError{Gap: Gap{From: first, To: first, Reason: Foreign}}
	}
	if rec := r.behind; rec.Seq != 0 {
		r.behind, r.before = Record{}, rec.Payload
		return rec, nil
	}
	for {
		if r.anew.Swap(false) && r.scan != nil {
			done(r.scan)
			r.scan = nil
		}
		if r.scan == nil {
			if err := r.enter(holding(r.want)); err != nil {
				return Record{}, err
			}
		}
		rec, err := r.scan.record()
		switch {
		case err == nil:
			r.damaged = r.damaged || r.scan.jumped
			if rec.Seq >= r.want {
				return r.take(rec)
			}
		case errors.Is(err, io.EOF):
			if err := r.leave(); err != nil {
				return Record{}, err
			}
		case r.anew.Load(): // read from there
		default:
			// A bad block costs the rest of its segment, not of the journal.
			r.damaged, r.leaving = true, true
			if next := r.leave(); next != nil {
				return Record{}, fmt.Errorf("read journal: %w", err)
			}
		}
	}
}

// catchUp starts over when records have been numbered anew since, as when a disk that was missing is there.
func (r *Reader) catchUp() {
	if r.follow == nil || r.want <= provisional || !r.follow.spare.adopted.Load() {
		return
	}
	if r.scan != nil {
		done(r.scan)
	}
	r.want = r.follow.Acknowledged() + 1
	r.scan, r.behind, r.before, r.damaged, r.leaving = nil, Record{}, nil, false, false
}

// take returns the record, or first what is missing ahead of it.
func (r *Reader) take(rec Record) (Record, error) {
	gap := Gap{From: r.want, To: rec.Seq - 1, Reason: Corrupt, Before: r.before, After: rec.Payload}
	missing := r.want != 0 && rec.Seq > r.want
	for _, first := range r.foreign {
		missing = missing && (first < gap.From || first > gap.To) // else it was reported
	}
	if missing && !r.damaged {
		switch {
		case r.follow != nil:
			gap.Reason = r.follow.whyMissing(gap.From, gap.To, r.oldest)
		case r.oldest:
			gap.Reason = Dropped
		}
	}
	r.want, r.damaged, r.oldest = rec.Seq+1, false, false
	if missing {
		r.behind = rec
		return Record{}, &GapError{Gap: gap}
	}
	r.before = rec.Payload
	return rec, nil
}

// enter opens the segment that choose picks among those there are; io.EOF when it picks none.
func (r *Reader) enter(choose func(segments []uint64) uint64) error {
	for {
		segments, _, err := listSegments(r.store)
		if err != nil {
			return err
		}
		first := choose(segments)
		if first == 0 {
			return io.EOF
		}
		f, err := r.store.open(segmentName(first))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was the oldest, and went in between
		}
		if next := behind(first)(segments); err != nil && next != 0 {
			choose, r.damaged = behind(first), true // like a bad block in it
			continue
		}
		if err != nil {
			return fmt.Errorf("open journal segment: %w", err)
		}
		r.scan, r.leaving, r.oldest = newScanner(f, first), false, first == segments[0]
		if r.want == 0 {
			r.want = first
		}
		return nil
	}
}

// holding picks the segment that has the record, else the oldest.
func holding(seq uint64) func([]uint64) uint64 {
	return func(segments []uint64) uint64 {
		var pick uint64
		for _, first := range segments {
			if pick == 0 || first <= seq {
				pick = first
			}
		}
		return pick
	}
}

// behind picks the oldest segment after the one that starts with seq.
func behind(seq uint64) func([]uint64) uint64 {
	return func(segments []uint64) uint64 {
		for _, first := range segments {
			if first > seq {
				return first
			}
		}
		return 0
	}
}

// leave moves on to the segment behind the one that was read to its end; io.EOF when there is none yet. When it finds
// one, it has the end looked at once more first: records may have been written there before that segment was made.
func (r *Reader) leave() error {
	first := r.scan.first
	if r.leaving {
		r.damaged = r.damaged || r.scan.tail > 0
		done(r.scan)
		r.scan = nil
		return r.enter(behind(first))
	}
	segments, _, err := listSegments(r.store)
	if err != nil {
		return err
	}
	if behind(first)(segments) == 0 {
		if r.scan.off == 0 { // its owner may delete it, and begin it anew
			done(r.scan)
			r.scan = nil
		}
		return io.EOF
	}
	r.leaving = true
	return nil
}
