package journal

import (
	"errors"
	"io/fs"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// fallLocked has records kept in memory from here on, because the disk takes none. It is false when that is so already, or
// when there is no disk.
func (j *Journal) fallLocked(why error) bool {
	if j.fallen || j.spare == nil {
		return false
	}
	now := time.Now()
	if j.backAt.IsZero() || now.Sub(j.backAt) > retrySettled {
		j.patience = retryFirst
	} else {
		j.patience = min(2*j.patience, retryMost)
	}
	j.retireLocked()
	j.fallen, j.retryAt = true, now.Add(j.patience)
	if j.trouble == nil {
		j.log.Warn("journal cannot be written, what happens is kept in memory", zap.Error(why))
		j.turnLocked(why)
	}
	j.wakeSyncerLocked()
	return true
}

func (j *Journal) turnLocked(trouble error) {
	j.trouble = trouble
	select {
	case j.turned <- struct{}{}:
	default:
	}
}

// untilRetry is how long to wait before the disk is tried again; 0 when there is nothing to try.
func (j *Journal) untilRetry() time.Duration {
	j.mu.Lock()
	trouble, at := j.trouble, j.retryAt
	j.mu.Unlock()
	if trouble == nil {
		return 0
	}
	return max(time.Until(at), time.Millisecond)
}

// comeBack tries whether the disk takes what is in memory, and goes on there when it does. Records that are appended
// meanwhile wait for nothing.
func (j *Journal) comeBack() {
	j.mu.Lock()
	due := j.trouble != nil && (j.closed || !time.Now().Before(j.retryAt))
	j.mu.Unlock()
	if !due {
		return
	}
	err := j.adopt()
	for moved := 0; err == nil; moved++ {
		var more bool
		if more, err = j.moveOldest(moved > 0); !more {
			break
		}
	}
	j.mu.Lock()
	if err != nil {
		j.fallLocked(err)
		j.retryAt = time.Now().Add(j.patience)
	} else {
		j.fallen, j.backAt = false, time.Now()
		j.forgetRemovedLocked()
		j.turnLocked(nil)
		j.log.Info("journal can be written again", zap.Uint64("lost", j.stats.WriteFailures))
	}
	j.mu.Unlock()
}

// adopt takes the directory when it could not be had so far.
func (j *Journal) adopt() error {
	if j.spare.adopted.Load() {
		return nil
	}
	if err := j.disk.own(); err != nil {
		return err
	}
	s, err := j.takeStock()
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.adoptLocked(s)
	j.mu.Unlock()
	return nil
}

// renumberLocked gives the records of a segment in memory other numbers. Who has it open reads on in the old one.
func (j *Journal) renumberLocked(s segment, shift uint64) segment {
	var b []byte
	j.eachOf(s.first, func(rec Record) { b = appendRecord(b, rec.Seq+shift, rec.Payload) })
	_ = j.spare.memory.remove(segmentName(s.first)) // never fails
	s.first, s.next = s.first+shift, s.next+shift
	j.spare.put(segmentName(s.first), b)
	return s
}

// moveOldest writes the oldest segment in memory to the disk; more is false when there was none. Once the disk has proved to
// take records, new ones go there.
func (j *Journal) moveOldest(proved bool) (more bool, err error) {
	j.mu.Lock()
	i := j.oldestLocked(true)
	if i < 0 {
		j.fallen = false
		j.mu.Unlock()
		return false, nil
	}
	s := j.segments[i]
	if i == len(j.segments)-1 {
		j.active, j.fallen = nil, !proved // the next record starts a segment
	}
	err = j.makeDiskRoomLocked(s.size)
	j.mu.Unlock()
	for err == nil {
		if err = j.copyOut(s); err == nil || !errors.Is(err, syscall.ENOSPC) {
			break
		}
		j.mu.Lock()
		if j.giveUpLocked() {
			err = nil
		}
		j.mu.Unlock()
	}
	if err != nil {
		return false, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	name := segmentName(s.first)
	if i = j.indexOfLocked(s.first); i < 0 {
		return true, j.disk.remove(name) // dropped meanwhile
	}
	j.segments[i].spare = false
	j.spareBytes -= s.size
	j.bytes += s.size
	return true, j.spare.memory.remove(name)
}

// indexOfLocked finds the segment that starts with a record; -1 for none.
func (j *Journal) indexOfLocked(first uint64) int {
	for i, s := range j.segments {
		if s.first == first {
			return i
		}
	}
	return -1
}

// copyOut makes a segment that is in memory durable.
func (j *Journal) copyOut(s segment) error {
	name := segmentName(s.first)
	f, err := j.spare.memory.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // dropped meanwhile
	}
	content := make([]byte, s.size)
	if err == nil {
		_, err = readFull(f, content, 0)
	}
	if err == nil {
		err = j.copyFile(name, content)
	}
	if err == nil {
		err = j.disk.syncNames()
	}
	if err != nil {
		_ = j.disk.remove(name) // half of it helps nobody; the one in memory stays
	}
	return err
}

func (j *Journal) copyFile(name string, content []byte) error {
	if err := j.fault(); err != nil {
		return err
	}
	f, err := j.disk.create(name)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(content, 0); err == nil {
		err = f.sync()
	}
	done(f)
	return err
}

// salvageLocked takes into memory what a segment still gives to its owner, who has it open.
func (j *Journal) salvageLocked(r retiredFile) {
	i := j.indexOfLocked(r.first)
	if i < 0 || j.segments[i].spare || j.spare == nil || j.segments[i].next <= j.acked+1 {
		return
	}
	s := &j.segments[i]
	content := make([]byte, s.size)
	if n, err := readFull(r.file, content, 0); err != nil || n < len(content) {
		return
	}
	j.spare.put(segmentName(s.first), content)
	j.begunAnewLocked()
	s.spare = true
	j.bytes -= s.size
	j.spareBytes += s.size
	if j.active == r.file {
		j.active = nil
		j.retired = append(j.retired, r)
	}
}
