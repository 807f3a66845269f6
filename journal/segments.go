package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.uber.org/zap"
)

// stock is what an earlier run left on the disk.
type stock struct {
	mark     watermark
	segments []segment
	bytes    int64
	next     uint64
}

// takeStock looks what an earlier run left, and cuts off what is torn at its end. Files that cannot be read or
// changed are left to the readers, who pass over them: a phone with bad flash still starts.
func (j *Journal) takeStock() (stock, error) {
	mark, err := readWatermark(j.disk)
	if err != nil {
		j.log.Warn("watermark is lost, records will be sent again", zap.Error(err))
	}
	segments, foreign, err := listSegments(j.disk)
	if err != nil {
		return stock{}, err
	}
	// Never use a number twice: not one that was acknowledged though the medium lost the record, and not one that a
	// segment of another format version may hold.
	st := stock{mark: mark, next: mark.seq + 1}
	for _, first := range foreign {
		j.log.Warn("journal segment of another format version is left alone", zap.Uint64("first", first))
		st.next = max(st.next, first+maxSegments/headerSize)
	}
	for i, first := range segments {
		s := segment{first: first}
		if i+1 < len(segments) {
			s.next, s.size = segments[i+1], j.sizeOf(first)
		} else {
			s = j.repair(first)
		}
		st.segments = append(st.segments, s)
		st.bytes += s.size
		st.next = max(st.next, s.next)
	}
	return st, nil
}

// adoptLocked goes on behind what is on the disk. Records that memory holds so far are numbered anew.
func (j *Journal) adoptLocked(s stock) {
	shift := s.next - 1 - provisional // added, it wraps around to what is meant
	for i := range j.segments {
		j.segments[i] = j.renumberLocked(j.segments[i], shift)
	}
	for i := range j.holes {
		j.holes[i].min += shift
		j.holes[i].max += shift
	}
	if j.next > provisional {
		j.next += shift
	} else {
		j.next = s.next
	}
	if len(j.segments) > 0 {
		j.active = nil // it is in memory, under its old name
	}
	j.segments = append(s.segments, j.segments...)
	j.bytes, j.mark, j.acked, j.durable = s.bytes, s.mark, s.mark.seq, s.next-1
	if j.spare != nil {
		j.spare.adopted.Store(true)
	}
	for r := range j.readers {
		r.notify()
	}
}

// sizeOf gives a segment's size, 0 for one that cannot be read.
func (j *Journal) sizeOf(first uint64) int64 {
	f, err := j.disk.open(segmentName(first))
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
	f, err := j.disk.open(segmentName(first))
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
	f, err := j.disk.update(segmentName(first))
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
	if !j.fallen {
		return j.makeDiskRoomLocked(size)
	}
	for j.spareBytes+size > j.maxSpare {
		i := j.oldestLocked(true)
		if i < 0 || i == len(j.segments)-1 {
			break
		}
		if err := j.dropLocked(i, Unwritable); err != nil {
			return err
		}
	}
	return nil
}

// makeDiskRoomLocked drops old segments of the disk, but not the newest, until there is room within the bounds.
func (j *Journal) makeDiskRoomLocked(size int64) error {
	for j.bytes+size > j.maxBytes {
		i := j.oldestLocked(false)
		if i < 0 || i == len(j.segments)-1 {
			return nil
		}
		if err := j.dropLocked(i, Dropped); err != nil {
			return err
		}
	}
	return nil
}

// oldestLocked is the oldest segment in memory, or the oldest on the disk; -1 for none.
func (j *Journal) oldestLocked(spare bool) int {
	for i, s := range j.segments {
		if s.spare == spare {
			return i
		}
	}
	return -1
}

func (j *Journal) startSegmentLocked() error {
	if err := j.faultLocked(); err != nil {
		return err
	}
	where := j.disk
	if j.fallen {
		where = j.spare.memory
	}
	f, err := where.create(segmentName(j.next))
	if err != nil {
		return fmt.Errorf("start segment: %w", err)
	}
	j.retireLocked()
	j.active = f
	// A segment without a record, left by a failed write or the last run, bears the same name.
	if n := len(j.segments); n > 0 && j.segments[n-1].first == j.next {
		*j.bytesOf(&j.segments[n-1]) -= j.segments[n-1].size
		j.segments = j.segments[:n-1]
		j.begunAnewLocked()
	}
	j.segments = append(j.segments, segment{first: j.next, next: j.next, spare: j.fallen})
	return nil
}

// retireLocked hands the active segment to the syncer, which closes it.
func (j *Journal) retireLocked() {
	if j.active != nil {
		j.retired = append(j.retired, retiredFile{j.lastFirstLocked(), j.active})
		j.active = nil
		j.wakeSyncerLocked()
	}
}

// dropLocked deletes a segment and notes what was lost by it.
func (j *Journal) dropLocked(i int, reason Reason) error {
	s := j.segments[i]
	gap := Gap{From: max(s.first, j.acked+1), To: s.next - 1, Reason: reason}
	lost := s.next > gap.From
	if lost {
		gap.First, gap.Last = j.edges(s.first, gap.From)
	}
	where := j.disk
	if s.spare {
		where = j.spare.memory
	} else if err := j.fault(); err != nil {
		return err
	}
	if err := where.remove(segmentName(s.first)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop segment: %w", err)
	}
	j.segments = append(j.segments[:i], j.segments[i+1:]...)
	*j.bytesOf(&s) -= s.size
	if !lost {
		return nil
	}
	if reason == Unwritable {
		j.stats.WriteFailures += gap.Count()
	} else {
		j.stats.Dropped += gap.Count()
	}
	j.lostLocked(gap)
	if i == 0 {
		j.acked = max(j.acked, gap.To)
	}
	return nil
}

// lostLocked notes what the owner has to be told, and a reader need not tell him again.
func (j *Journal) lostLocked(g Gap) {
	j.losses = append(j.losses, g)
	if n := len(j.holes); n > 0 && j.holes[n-1].max+1 == g.From {
		j.holes[n-1].max = g.To
		return
	}
	var left []span
	for _, h := range j.holes {
		if h.max > j.acked {
			left = append(left, h)
		}
	}
	j.holes = append(left, span{g.From, g.To})
}

// whyMissing tells for what reason a reader finds nothing under some numbers; oldest says that nothing stands before them.
func (j *Journal) whyMissing(from, to uint64, oldest bool) Reason {
	why := Corrupt
	if oldest {
		why = Dropped
	}
	j.mu.Lock()
	for _, s := range j.segments {
		if s.first <= to && s.next > from {
			why = Corrupt // it should be there
		}
	}
	for _, h := range j.holes {
		if h.holds(from) && h.holds(to) {
			why = Dropped
		}
	}
	j.mu.Unlock()
	return why
}

// giveUpLocked frees the room of the oldest segment when all of it was acknowledged, even of the one that is written to.
func (j *Journal) giveUpLocked() bool {
	if len(j.segments) == 0 || j.segments[0].spare || j.segments[0].size == 0 || j.segments[0].next > j.acked+1 {
		return false
	}
	if len(j.segments) == 1 && j.active != nil {
		// Deleted alone it would take its room until its last reader has closed it.
		if err := j.active.truncate(0); err != nil {
			return false
		}
		j.retireLocked()
	}
	return j.dropLocked(0, Dropped) == nil
}

// edges reads the first record of a segment that is not below from, and the last one.
func (j *Journal) edges(first, from uint64) (lowest, highest []byte) {
	j.eachOf(first, func(rec Record) {
		if rec.Seq < from {
			return
		}
		if lowest == nil {
			lowest = rec.Payload
		}
		highest = rec.Payload
	})
	return lowest, highest
}

// eachOf visits what a segment holds, as far as it can be read.
func (j *Journal) eachOf(first uint64, visit func(Record)) {
	f, err := j.view.open(segmentName(first))
	if err != nil {
		return // the numbers of a loss are known without
	}
	scan := newScanner(f, first)
	for err == nil {
		var rec Record
		if rec, err = scan.record(); err == nil {
			visit(rec)
		}
	}
	done(scan)
}

// begunAnewLocked has readers open again what they read: its name means another file now.
func (j *Journal) begunAnewLocked() {
	for r := range j.readers {
		r.anew.Store(true)
	}
}

func (r *Reader) notify() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}
