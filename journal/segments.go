package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.uber.org/zap"
)

// recover takes stock of what an earlier run left, and cuts off what is torn at its end. Files that cannot be read or
// changed are left to the readers, who pass over them: a phone with bad flash still starts.
func (j *Journal) recover() error {
	mark, err := readWatermark(j.store)
	if err != nil {
		j.log.Warn("watermark is lost, records will be sent again", zap.Error(err))
	}
	j.mark, j.acked = mark, mark.seq
	segments, foreign, err := listSegments(j.store)
	if err != nil {
		return err
	}
	// Never use a number twice: not one that was acknowledged though the medium lost the record, and not one that a
	// segment of another format version may hold.
	j.next = mark.seq + 1
	for _, first := range foreign {
		j.log.Warn("journal segment of another format version is left alone", zap.Uint64("first", first))
		j.next = max(j.next, first+maxSegments/headerSize)
	}
	for i, first := range segments {
		s := segment{first: first}
		if i+1 < len(segments) {
			s.next, s.size = segments[i+1], j.sizeOf(first)
		} else {
			s = j.repair(first)
		}
		j.segments = append(j.segments, s)
		j.bytes += s.size
		j.next = max(j.next, s.next)
	}
	j.durable = j.next - 1
	return nil
}

// sizeOf gives a segment's size, 0 for one that cannot be read.
func (j *Journal) sizeOf(first uint64) int64 {
	f, err := j.store.open(segmentName(first))
	if err != nil {
		return 0
	}
	defer done(f)
	size, err := f.size()
	if err != nil {
		return 0
	}
	return size
}

// repair finds the end of the newest segment and cuts off what no record starts in.
func (j *Journal) repair(first uint64) segment {
	s := segment{first: first, next: first, size: j.sizeOf(first)}
	f, err := j.store.open(segmentName(first))
	if err == nil {
		scan := newScanner(f, first)
		defer done(scan)
		for err == nil {
			_, err = scan.record()
		}
		if errors.Is(err, io.EOF) {
			s.next, s.size, err = scan.next, scan.off, nil
			if scan.tail > 0 {
				j.log.Info("torn end of the journal is cut off", zap.Uint64("after", s.next-1), zap.Int64("bytes", scan.tail))
				err = j.cut(first, s.size)
			}
		} else {
			s.next = bounds(first, s.size, first).max + 1 // beyond every number that it can hold
		}
	}
	if err != nil {
		j.log.Warn("end of the journal stays damaged", zap.Uint64("segment", first), zap.Error(err))
	}
	return s
}

func (j *Journal) cut(first uint64, size int64) error {
	f, err := j.store.update(segmentName(first))
	if err != nil {
		return err
	}
	defer done(f)
	if err := f.truncate(size); err != nil {
		return err
	}
	return f.sync()
}

// makeRoomLocked has an active segment with room for a record, and the journal within its bounds.
func (j *Journal) makeRoomLocked(size int64) error {
	if n := len(j.segments); j.active == nil || j.segments[n-1].size > 0 && j.segments[n-1].size+size > j.maxSegment {
		if err := j.startSegmentLocked(); err != nil {
			return err
		}
	}
	for j.bytes+size > j.maxBytes && len(j.segments) > 1 {
		if err := j.dropOldestLocked(); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) startSegmentLocked() error {
	if err := j.fault(); err != nil {
		return err
	}
	f, err := j.store.create(segmentName(j.next))
	if err != nil {
		return fmt.Errorf("start segment: %w", err)
	}
	j.retireLocked()
	j.active = f
	// A segment without a record, left by a failed write or the last run, bears the same name.
	if n := len(j.segments); n > 0 && j.segments[n-1].first == j.next {
		j.bytes -= j.segments[n-1].size
		j.segments = j.segments[:n-1]
	}
	j.segments = append(j.segments, segment{first: j.next, next: j.next})
	return nil
}

// retireLocked hands the active segment to the syncer, which closes it.
func (j *Journal) retireLocked() {
	if j.active != nil {
		j.retired = append(j.retired, j.active)
		j.active = nil
		j.wakeSyncerLocked()
	}
}

// dropOldestLocked deletes the oldest segment and notes what was lost by it.
func (j *Journal) dropOldestLocked() error {
	if err := j.fault(); err != nil {
		return err
	}
	oldest := j.segments[0]
	gap := Gap{From: max(oldest.first, j.acked+1), To: oldest.next - 1, Reason: Dropped}
	lost := oldest.next > gap.From
	if lost {
		gap.First, gap.Last = j.edges(oldest.first, gap.From)
	}
	if err := j.store.remove(segmentName(oldest.first)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop segment: %w", err)
	}
	j.segments = j.segments[1:]
	j.bytes -= oldest.size
	if lost {
		j.stats.Dropped += gap.Count()
		j.losses = append(j.losses, gap)
		j.acked = max(j.acked, gap.To)
	}
	return nil
}

// giveUpLocked frees the room of the oldest segment when all of it was acknowledged, even of the one that is written to.
func (j *Journal) giveUpLocked() bool {
	if len(j.segments) == 0 || j.segments[0].size == 0 || j.segments[0].next > j.acked+1 {
		return false
	}
	if len(j.segments) == 1 && j.active != nil {
		// Deleted alone it would take its room until its last reader has closed it.
		if err := j.active.truncate(0); err != nil {
			return false
		}
		j.retireLocked()
	}
	return j.dropOldestLocked() == nil
}

// edges reads the first record of a segment that is not below from, and the last one.
func (j *Journal) edges(first, from uint64) (lowest, highest []byte) {
	f, err := j.store.open(segmentName(first))
	if err != nil {
		return nil, nil // the numbers of the loss are known without
	}
	scan := newScanner(f, first)
	defer done(scan)
	for {
		rec, err := scan.record()
		if err != nil {
			return lowest, highest
		}
		if rec.Seq < from {
			continue
		}
		if lowest == nil {
			lowest = rec.Payload
		}
		highest = rec.Payload
	}
}

func (r *Reader) notify() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}
