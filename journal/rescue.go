package journal

import (
	"slices"

	"go.uber.org/zap"
)

// rescue notices that somebody has removed the segment that is written to, most likely with the whole directory, and
// writes it again: its content lives until the file is closed. What older segments held is lost.
func (j *Journal) rescue() error {
	j.mu.Lock()
	active, first := j.active, j.lastFirstLocked()
	j.mu.Unlock()
	if active == nil || j.store.holds(segmentName(first), active) {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.active != active {
		return nil // a new segment was begun meanwhile
	}
	j.log.Warn("journal was removed while in use, and is written again", zap.Uint64("from", first))
	content := make([]byte, j.segments[len(j.segments)-1].size)
	if _, err := readFull(active, content, 0); err != nil {
		return err
	}
	if err := j.copyLocked(first, content); err != nil {
		return err
	}
	j.forgetRemovedLocked()
	// Readers have the old file open, and learn from a later segment that nothing more comes in it.
	j.retireLocked()
	return nil
}

func (j *Journal) copyLocked(first uint64, content []byte) error {
	if err := j.fault(); err != nil {
		return err
	}
	f, err := j.store.create(segmentName(first))
	if err != nil {
		return err
	}
	defer done(f)
	if _, err := f.WriteAt(content, 0); err != nil {
		return err
	}
	return f.sync()
}

// forgetRemovedLocked takes stock of what is left, and notes as lost what is not.
func (j *Journal) forgetRemovedLocked() {
	names, _, err := listSegments(j.store)
	if err != nil {
		return // they are found to be gone when it is their turn to be dropped
	}
	var kept []segment
	var lost Gap
	for _, s := range j.segments {
		if slices.Contains(names, s.first) {
			kept = append(kept, s)
			continue
		}
		j.bytes -= s.size
		if from := max(s.first, j.acked+1); from < s.next {
			if lost.From == 0 {
				lost.From = from
			}
			lost.To, lost.Reason = s.next-1, Corrupt
		}
	}
	j.segments = kept
	if lost.From == 0 {
		return
	}
	if next := slices.IndexFunc(kept, func(s segment) bool { return s.first > lost.To }); next >= 0 {
		lost.After, _ = j.edges(kept[next].first, kept[next].first)
	}
	j.losses = append(j.losses, lost)
}
