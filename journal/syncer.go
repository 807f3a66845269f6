package journal

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// Acknowledge says that every record up to seq has arrived and will not be asked for again. It never goes back, and
// becomes durable with the next sync: after a cut of power a few records are sent twice.
func (j *Journal) Acknowledge(seq uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq > provisional && j.next <= provisional {
		return // numbered anew since; it is read and acknowledged again
	}
	if seq = min(seq, j.next-1); seq > j.acked {
		j.acked = seq
		j.wakeSyncerLocked()
	}
}

// Acknowledged is the highest number that was acknowledged, or given up as lost.
func (j *Journal) Acknowledged() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.acked
}

// Durable is the highest number that is on the medium, as far as the file system tells.
func (j *Journal) Durable() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable
}

// wakeSyncerLocked never blocks.
func (j *Journal) wakeSyncerLocked() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// keepSynced is the syncer: it alone waits for the medium.
func (j *Journal) keepSynced() {
	timer := time.NewTimer(syncEvery)
	timer.Stop()
	armed := false
	for {
		select {
		case <-j.closing:
			timer.Stop()
			return
		case <-j.wake:
			if !j.syncIsDue() {
				if !armed {
					timer.Reset(syncEvery)
					armed = true
				}
				continue
			}
		case <-timer.C:
		}
		timer.Stop()
		armed = false
		err := j.sync()
		if wait := j.untilRetry(); wait > 0 {
			timer.Reset(wait)
			armed = true
		} else if err != nil {
			j.log.Warn("journal cannot be synced", zap.Error(err))
		}
	}
}

func (j *Journal) syncIsDue() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.urgent || j.unsynced >= syncBytes
}

// Sync returns when everything appended before is on the medium. While the disk takes nothing it is an error that says why.
func (j *Journal) Sync() error { return j.sync() }

// sync makes records durable, then the watermark, so that the watermark is never ahead of the records.
func (j *Journal) sync() error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	j.rescue()
	retired, err := j.syncRetired()
	j.comeBack()
	j.mu.Lock()
	active, upTo, acked, fallen := j.active, j.next-1, j.acked, j.fallen
	if i := j.oldestLocked(true); i >= 0 {
		upTo = j.segments[i].first - 1
	}
	first := j.lastFirstLocked()
	dirty := j.unsynced > 0 && !fallen
	names := !fallen && (retired || dirty && upTo > 0 && j.durable < first)
	j.unsynced, j.urgent = 0, false
	j.mu.Unlock()

	if active != nil && dirty {
		err = errors.Join(err, j.syncFile(retiredFile{first, active})) // stays open meanwhile: only a sync closes files
	}
	if names {
		err = errors.Join(err, j.disk.syncNames())
	}
	j.mu.Lock()
	if err != nil {
		if active != nil {
			j.salvageLocked(retiredFile{first, active})
		}
		j.fallLocked(err)
	} else if upTo < provisional {
		j.durable = max(j.durable, upTo)
	}
	fallen, trouble := j.fallen, j.trouble
	j.mu.Unlock()
	switch {
	case err != nil:
		return fmt.Errorf("sync segments: %w", err)
	case fallen:
		return fmt.Errorf("journal is in memory only: %w", trouble)
	case acked > j.mark.seq:
		return j.mark.write(j.disk, acked)
	}
	return nil
}

// syncRetired syncs and closes what is written to no more; some tells that there was any.
func (j *Journal) syncRetired() (some bool, err error) {
	for {
		j.mu.Lock()
		if err != nil {
			j.fallLocked(err) // which retires one more
		}
		files := j.retired
		j.retired = nil
		j.mu.Unlock()
		if len(files) == 0 {
			return some, err
		}
		some = true
		for _, r := range files {
			err = errors.Join(err, j.syncFile(r), r.file.Close())
		}
	}
}

// syncFile syncs one segment. What the kernel could not write may soon be gone from its cache as well, so it is read from
// there into memory first.
func (j *Journal) syncFile(r retiredFile) error {
	err := r.file.sync()
	if err != nil {
		j.mu.Lock()
		j.salvageLocked(r)
		j.mu.Unlock()
	}
	return err
}

// lastFirstLocked is the number that the newest segment starts with.
func (j *Journal) lastFirstLocked() uint64 {
	if len(j.segments) == 0 {
		return 0
	}
	return j.segments[len(j.segments)-1].first
}
