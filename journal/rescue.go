package journal

import (
	"slices"

	"go.uber.org/zap"
)

// rescue notices that somebody has removed the segment that is written to, most likely with the whole directory, and
// writes it again: its content lives until the file is closed. What older segments held is lost.
func (j *Journal) rescue() {
	j.mu.Lock()
	active, first, fallen := j.active, j.lastFirstLocked(), j.fallen
	j.mu.Unlock()
	if active == nil || fallen || j.disk.holds(segmentName(first), active) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.active != active {
		return // a new segment was begun meanwhile
	}
	j.log.Warn("journal was removed while in use, and is written again", zap.Uint64("from", first))
	content := make([]byte, j.segments[len(j.segments)-1].size)
	_, err := readFull(active, content, 0)
	if err == nil {
		err = j.copyFile(segmentName(first), content)
	}
	if err != nil {
		j.salvageLocked(retiredFile{first, active})
		j.fallLocked(err)
		return
	}
	j.forgetRemovedLocked()
	// Readers have the old file open, and learn from a later segment that nothing more comes in it.
	j.retireLocked()
}

// forgetRemovedLocked takes stock of what is left, and notes as lost what is not.
func (j *Journal) forgetRemovedLocked() {
	names, _, err := listSegments(j.view)
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
	j.lostLocked(lost)
}
