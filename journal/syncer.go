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
		if err := j.sync(); err != nil {
			j.log.Warn("journal cannot be synced", zap.Error(err))
		}
	}
}

func (j *Journal) syncIsDue() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.urgent || j.unsynced >= syncBytes
}

// Sync returns when everything appended before is on the medium.
func (j *Journal) Sync() error { return j.sync() }

// sync makes records durable, then the watermark, so that the watermark is never ahead of the records.
func (j *Journal) sync() error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if err := j.rescue(); err != nil {
		return fmt.Errorf("write the removed journal again: %w", err)
	}
	j.mu.Lock()
	active, retired, upTo, acked := j.active, j.retired, j.next-1, j.acked
	dirty := j.unsynced > 0
	names := len(retired) > 0 || dirty && upTo > 0 && j.durable < j.lastFirstLocked()
	j.retired, j.unsynced, j.urgent = nil, 0, false
	j.mu.Unlock()

	var err error
	for _, f := range retired {
		err = errors.Join(err, f.sync(), f.Close())
	}
	if active != nil && dirty {
		err = errors.Join(err, active.sync()) // stays open meanwhile: only a sync closes files
	}
	if names {
		err = errors.Join(err, j.store.syncNames())
	}
	if err != nil {
		// What the kernel could not write may be gone from its cache as well: start afresh in a new segment.
		j.mu.Lock()
		if j.active == active {
			j.retireLocked()
		}
		j.mu.Unlock()
		return fmt.Errorf("sync segments: %w", err)
	}
	j.mu.Lock()
	j.durable = max(j.durable, upTo)
	j.mu.Unlock()
	if acked > j.mark.seq {
		return j.mark.write(j.store, acked)
	}
	return nil
}

// lastFirstLocked is the number that the newest segment starts with.
func (j *Journal) lastFirstLocked() uint64 {
	if len(j.segments) == 0 {
		return 0
	}
	return j.segments[len(j.segments)-1].first
}
